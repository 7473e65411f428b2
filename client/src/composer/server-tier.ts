import { isProblem } from "../api/api";
import { checkDraft } from "../previews/check";
import { describe } from "../state/describe";
import type { PausedTier } from "./assessor";
import { keyOf, type Preview, type Subject } from "./preview";

/** Tier 3: what the server would decide. It is asked when the person asks for it, and never by itself. */
export const serverTier: PausedTier = {
  tier: 3,
  pauseMs: 0,
  ready: () => false,
  look,
  explain: (error) => {
    if (!isProblem(error)) throw error;
    return describe(error, "Your text is kept on this device.");
  },
};

async function look(subject: Subject, signal: AbortSignal): Promise<Preview> {
  const { outcome, reasons, policy, model, took_ms, receipt } = await checkDraft(subject, signal);
  return {
    tier: 3,
    about: keyOf(subject),
    outcome,
    reasons,
    near: false,
    hiddenRules: 0,
    modelLooked: true,
    policy,
    model,
    bands: {},
    tookMs: took_ms,
    receipt: JSON.stringify(receipt),
  };
}
