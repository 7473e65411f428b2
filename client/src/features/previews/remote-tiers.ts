import { api, isProblem } from "../../platform/api/client";
import type { components } from "../../platform/api/schema";
import { uuid7 } from "../../platform/browser/uuid";
import { describeError } from "../../platform/state/notices";
import { policy } from "../../platform/state/policy";
import { switches } from "../../platform/state/switches";
import { render } from "../../policy/prompts";
import { findCommunity } from "../communities/communities";
import { assessWithProvider, type ProviderAssessment, type Schema } from "../own-key/assess";
import { describeProviderError, ProviderError } from "../own-key/provider-error";
import { provider } from "../own-key/setup";
import { type Preview, type Subject, subjectKeyOf } from "./preview";
import { previewFromScores } from "./score-preview";
import type { PreviewTier } from "./tier-runner";

/** Each question costs money: only whoever has stopped to think is waiting for an answer. */
const PAUSE_MS = 1500;
/** A provider that asks for a pause gets one. */
const RATE_LIMIT_PAUSE_MS = 30_000;

let pausedUntil = 0;
/** A provider that has refused key or account is not asked again until the page is loaded anew, or set up anew. */
let refusedAt = "";

/** Tier 2: the person's own provider, with the policy's own question. */
export const ownKeyTier: PreviewTier = {
  tier: 2,
  pauseMs: PAUSE_MS,
  isReady: () => {
    const chosen = provider.peek();
    const wanted = switches.peek().ownKey && policy.peek() !== null && navigator.onLine;
    return wanted && chosen !== null && JSON.stringify(chosen) !== refusedAt && Date.now() >= pausedUntil;
  },
  preview: askOwnKey,
  explain: (error) => {
    if (!(error instanceof ProviderError)) throw error;
    if (error.code === "too_many") pausedUntil = Date.now() + RATE_LIMIT_PAUSE_MS;
    if (["unauthorized", "forbidden", "no_money"].includes(error.code)) {
      refusedAt = JSON.stringify(provider.peek());
    }
    return describeProviderError(error);
  },
};

async function askOwnKey(subject: Subject, signal: AbortSignal): Promise<Preview | null> {
  const [view, chosen] = [policy.peek(), provider.peek()];
  if (!view || !chosen) return null;
  const { community, title, body } = subject;
  const guideline = findCommunity(community)?.guideline ?? "";
  const pass = await assessWithProvider(
    chosen,
    render(view, "moderation", { guideline, title, body }),
    view.output_schema as unknown as Schema,
    signal,
  );
  return previewOf(subject, pass);
}

function previewOf(subject: Subject, { scores, rationale, tookMs }: ProviderAssessment): Preview | null {
  const view = policy.peek();
  const scored = view && previewFromScores(view, subject, scores, []);
  return (
    scored && {
      ...scored,
      tier: 2,
      subjectKey: subjectKeyOf(subject),
      model: "",
      tookMs,
      remark: rationale.slice(0, 300),
    }
  );
}

/** Tier 3: what the server would decide. It is asked when the person asks for it, and never by itself. */
export const serverTier: PreviewTier = {
  tier: 3,
  pauseMs: 0,
  isReady: () => false,
  preview: askServer,
  explain: (error) => {
    if (!isProblem(error)) throw error;
    return describeError(error, "Your text is kept on this device.");
  },
};

async function askServer(subject: Subject, signal: AbortSignal): Promise<Preview> {
  const { outcome, reasons, policy, model, took_ms, receipt } = await requestDryRun(subject, signal);
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
    receipt: JSON.stringify(receipt),
  };
}

export type DryRun = components["schemas"]["DecisionPreview"];

interface Text {
  community: string;
  title: string;
  body: string;
}

/**
 * Tier 3: what the server would decide now, without effect. The text leaves the device for it, to our own server.
 * The receipt speeds up nothing.
 */
export function requestDryRun({ community, title, body }: Text, signal?: AbortSignal): Promise<DryRun> {
  const call = {
    method: "POST",
    body: { community, title: title.trim(), body, preview_id: uuid7() },
  } as const;
  return api<DryRun>("/v1/previews/check", { ...call, ...(signal ? { signal } : {}) });
}
