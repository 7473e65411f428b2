import { highest, LruCache } from "../../device/text-reader";
import { api, isProblem } from "../../platform/api/client";
import type { components } from "../../platform/api/schema";
import { uuid7 } from "../../platform/browser/uuid";
import { policy } from "../../platform/state/active-policy";
import { switches } from "../../platform/state/feature-switches";
import type { PublicView } from "../../policy/public-view";
import { renderPrompt } from "../../policy/render-prompt";
import { parts } from "../../policy/windows";
import { findCommunity } from "../communities/communities";
import { assessWithProvider, type ProviderAssessment, type Schema } from "../own-key/provider-assessment";
import { ProviderError } from "../own-key/provider-error";
import { provider } from "../own-key/provider-setup";
import { extentOf, judgedText, type Preview, type Subject, subjectKeyOf, wholeText } from "./preview";
import { previewFromScores } from "./preview-from-scores";
import { judgedPart, loadLanguageDetector, unjudgedBy, withUnjudged } from "./text-languages";
import type { PreviewTier } from "./tier-runner";

/** Each request costs money, so it waits for a real pause in writing. */
const PAUSE_MS = 1500;
/** The pause after a provider's rate limit (HTTP 429). */
const RATE_LIMIT_PAUSE_MS = 30_000;

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

/**
 * A longer text is sent in parts, as the server does (`openai_engine.py`): many servers read 4,096 tokens at most, prompt
 * and answer included, and do not say what they left out. The unit is that of `windows.ts`.
 */
const PART_COST = 6000;
/** An edit of a long text costs the parts that it changes. */
const assessedBefore = new LruCache<ProviderAssessment>(60);

async function askOwnKey(
  subject: Subject,
  signal: AbortSignal,
  onPartial: (preview: Preview) => void,
): Promise<Preview | null> {
  const [view, chosen] = [policy.peek(), provider.peek()];
  if (!view || !chosen) return null;
  const guideline = findCommunity(subject.community)?.guideline ?? "";
  if ((await loadLanguageDetector()) === null) return null;
  const other = unjudgedBy("openai", view, judgedText(subject.title, subject.body));
  if (other?.whole) return null; // its scores would not count
  const judged = judgedPart(subject, other);
  const text = Array.from(judgedText(judged.title, judged.body));
  const places = parts(text.join(""), PART_COST);
  const found: AssessedPart[] = [];
  for (const { start, end } of places) {
    const isWhole = places.length === 1;
    const { title, body } = isWhole ? judged : { title: "", body: text.slice(start, end).join("") };
    const prompt = renderPrompt(view, "moderation", { guideline, title, body });
    const key = JSON.stringify([chosen.baseUrl, chosen.model, prompt]);
    let assessment = assessedBefore.get(key);
    if (!assessment) {
      assessment = await assessWithProvider(chosen, prompt, view.output_schema as unknown as Schema, signal);
      assessedBefore.set(key, assessment);
    }
    if (signal.aborted) return null;
    found.push({ start, end, assessment });
    if (found.length < places.length) onPartial(previewOf(view, subject, found, text.length));
  }
  return previewOf(view, subject, found, text.length);
}

interface AssessedPart {
  start: number;
  end: number;
  assessment: ProviderAssessment;
}

/** Returns the preview from the parts so far: the highest scores, and the sentence about the part that gave them. */
function previewOf(
  view: PublicView,
  subject: Subject,
  found: readonly AssessedPart[],
  length: number,
): Preview {
  const scored = found.map(({ start, end, assessment }) => ({ start, end, scores: assessment.scores }));
  const strongest = found.reduce((best, part) => (peak(part) > peak(best) ? part : best));
  const read = Math.max(...found.map(({ end }) => end));
  const preview = previewFromScores(view, subject, highest(scored.map(({ scores }) => scores)), scored);
  return {
    ...withUnjudged(view, judgedText(subject.title, subject.body), preview),
    tier: 2,
    subjectKey: subjectKeyOf(subject),
    model: "",
    tookMs: found.reduce((sum, { assessment }) => sum + assessment.tookMs, 0),
    extent: { read, unread: length - read },
    remark: strongest.assessment.rationale.slice(0, 300),
  };
}

function peak({ assessment }: AssessedPart): number {
  return Math.max(0, ...Object.values(assessment.scores));
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
    extent: reading ? extentOf(reading) : { read: 0, unread: wholeText(subject).read },
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
