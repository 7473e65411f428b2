import { highest } from "../../device/text-reader";
import { api, isProblem } from "../../platform/api/client";
import type { components } from "../../platform/api/schema";
import { uuid7 } from "../../platform/browser/uuid";
import { policy } from "../../platform/state/active-policy";
import { switches } from "../../platform/state/feature-switches";
import { renderPrompt } from "../../policy/render-prompt";
import { parts } from "../../policy/windows";
import { findCommunity } from "../communities/communities";
import { assessWithProvider, type ProviderAssessment, type Schema } from "../own-key/provider-assessment";
import { ProviderError } from "../own-key/provider-error";
import { provider } from "../own-key/provider-setup";
import { judgedText, type Preview, type Subject, subjectKeyOf, wholeText } from "./preview";
import { previewFromScores, type ScoredWindow } from "./preview-from-scores";
import { judgedPart, loadLanguageDetector, unjudgedBy, withUnjudged } from "./text-languages";
import type { PreviewTier } from "./tier-runner";

/** Each request costs money, so it waits for a real pause in writing. */
const PAUSE_MS = 1500;
/** The pause after a provider's rate limit (HTTP 429). */
const RATE_LIMIT_PAUSE_MS = 30_000;

/** A longer text is sent in parts, as by the server: local servers often read 4,096 tokens and do not say so. */
const PART_COST = 6000;

let pausedUntil = 0;
/** The setup whose key or account the provider refused; it is not asked again before a reload or another setup. */
let refusedSetup = "";

/** Tier 2: the user's own provider, asked with the policy's prompt. */
export const ownKeyTier: PreviewTier = {
  tier: 2,
  pauseMs: PAUSE_MS,
  isReady: () => {
    const chosen = provider.peek();
    const wanted = switches.peek().ownKey && policy.peek() !== null && navigator.onLine;
    return wanted && chosen !== null && JSON.stringify(chosen) !== refusedSetup && Date.now() >= pausedUntil;
  },
  preview: askOwnKey,
  onError: (error) => {
    if (!(error instanceof ProviderError)) throw error;
    if (error.code === "too_many") pausedUntil = Date.now() + RATE_LIMIT_PAUSE_MS;
    if (["unauthorized", "forbidden", "no_money"].includes(error.code)) {
      refusedSetup = JSON.stringify(provider.peek());
    }
  },
};

async function askOwnKey(subject: Subject, signal: AbortSignal): Promise<Preview | null> {
  const [view, chosen] = [policy.peek(), provider.peek()];
  if (!view || !chosen) return null;
  const { community } = subject;
  const guideline = findCommunity(community)?.guideline ?? "";
  if ((await loadLanguageDetector()) === null) return null;
  const other = unjudgedBy("openai", view, judgedText(subject.title, subject.body));
  if (other?.whole) return null; // its scores would not count
  const { title, body } = judgedPart(subject, other);
  const text = judgedText(title, body);
  const places = parts(text, PART_COST);
  const found: (ScoredWindow & ProviderAssessment)[] = [];
  for (const { start, end } of places) {
    const part = Array.from(text).slice(start, end).join("");
    const values = places.length > 1 ? { guideline, title: "", body: part } : { guideline, title, body };
    const prompt = renderPrompt(view, "moderation", values);
    const schema = view.output_schema as unknown as Schema;
    found.push({ start, end, ...(await assessWithProvider(chosen, prompt, schema, signal)) });
  }
  return previewOf(subject, found);
}

function previewOf(subject: Subject, found: readonly (ScoredWindow & ProviderAssessment)[]): Preview | null {
  const view = policy.peek();
  const text = judgedText(subject.title, subject.body);
  const scores = highest(found.map((part) => part.scores));
  const scored = view && withUnjudged(view, text, previewFromScores(view, subject, scores, found));
  return (
    scored && {
      ...scored,
      tier: 2,
      subjectKey: subjectKeyOf(subject),
      model: "",
      tookMs: found.reduce((sum, { tookMs }) => sum + tookMs, 0),
      extent: wholeText(subject),
      remark: found
        .map(({ rationale }) => rationale)
        .join(" ")
        .slice(0, 300),
    }
  );
}

/** Tier 3: a dry run on the server, only when the user asks for it. */
export const serverTier: PreviewTier = {
  tier: 3,
  pauseMs: 0,
  isReady: () => false,
  preview: askServer,
  onError: (error) => {
    if (!isProblem(error)) throw error;
  },
};

async function askServer(subject: Subject, signal: AbortSignal): Promise<Preview> {
  const { answered, ...text } = subject;
  const parent = answered ? { parent_id: answered.id } : {};
  const found = await requestDryRun({ ...text, ...parent }, signal);
  const { outcome, reasons, policy, model, took_ms, receipt, reading, unjudged, unjudged_languages } = found;
  return {
    tier: 3,
    subjectKey: subjectKeyOf(subject),
    outcome,
    reasons,
    isBorderline: false,
    hiddenRules: 0,
    usedModel: true,
    policy,
    model,
    bands: {},
    tookMs: took_ms,
    extent: reading
      ? { read: reading.read, unread: reading.characters - reading.read }
      : { read: 0, unread: wholeText(subject).read },
    ...(unjudged ? { unjudged: { languages: unjudged_languages ?? [], whole: false } } : {}),
    receipt: JSON.stringify(receipt),
  };
}

export type DryRun = components["schemas"]["DecisionPreview"];

interface Text {
  community: string;
  title: string;
  body: string;
  /** The id of what a comment answers. */
  parent_id?: string;
}

/**
 * Asks the server for the decision that it would make now, without any effect. The text goes to this site's server,
 * which does not store it.
 */
export function requestDryRun(text: Text, signal?: AbortSignal): Promise<DryRun> {
  const call = {
    method: "POST",
    body: { ...text, title: text.title.trim(), preview_id: uuid7() },
  } as const;
  return api<DryRun>("/v1/previews/check", { ...call, ...(signal ? { signal } : {}) });
}
