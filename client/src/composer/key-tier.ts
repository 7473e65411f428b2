import { assess, type KeyPass } from "../ownkey/assess";
import { describeProvider, ProviderProblem } from "../ownkey/problems";
import type { Schema } from "../ownkey/schema";
import { provider } from "../ownkey/setup";
import { render } from "../policy/prompts";
import { switches } from "../settings/switches";
import { findCommunity } from "../state/communities";
import type { PausedTier } from "./assessor";
import { policy } from "./policy";
import { keyOf, type Preview, type Subject } from "./preview";
import { scored } from "./scored";

/** Each question costs money: only whoever has stopped to think is waiting for an answer. */
const PAUSE_MS = 1500;
/** A provider that asks for a pause gets one. */
const REST_MS = 30_000;

let restUntil = 0;
/** A provider that has refused key or account is not asked again until the page is loaded anew, or set up anew. */
let refusedAt = "";

/** Tier 2: the person's own provider, with the policy's own question. */
export const keyTier: PausedTier = {
  tier: 2,
  pauseMs: PAUSE_MS,
  ready: () => {
    const chosen = provider.peek();
    const wanted = switches.peek().ownKey && policy.peek() !== null && navigator.onLine;
    return wanted && chosen !== null && JSON.stringify(chosen) !== refusedAt && Date.now() >= restUntil;
  },
  look,
  explain: (error) => {
    if (!(error instanceof ProviderProblem)) throw error;
    if (error.trouble === "too_many") restUntil = Date.now() + REST_MS;
    if (["unauthorized", "forbidden", "no_money"].includes(error.trouble)) {
      refusedAt = JSON.stringify(provider.peek());
    }
    return describeProvider(error);
  },
};

async function look(subject: Subject, signal: AbortSignal): Promise<Preview | null> {
  const [view, chosen] = [policy.peek(), provider.peek()];
  if (!view || !chosen) return null;
  const { community, title, body } = subject;
  const guideline = findCommunity(community)?.guideline ?? "";
  const pass = await assess(
    chosen,
    render(view, "moderation", { guideline, title, body }),
    view.output_schema as unknown as Schema,
    signal,
  );
  return previewOf(subject, pass);
}

function previewOf(subject: Subject, { scores, rationale, tookMs }: KeyPass): Preview | null {
  const view = policy.peek();
  const said = view && scored(view, subject, scores, []);
  return (
    said && { ...said, tier: 2, about: keyOf(subject), model: "", tookMs, remark: rationale.slice(0, 300) }
  );
}
