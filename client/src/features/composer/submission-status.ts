import { isProblem } from "../../platform/api/client";
import type { Decision, Outcome } from "../../platform/api/types";
import { formatDateTime, formatMs } from "../../platform/browser/format";
import { describeError } from "../../platform/state/notices";
import type { Preview, PreviewState, Tier } from "../previews/preview";
import { LIKELY_WORDS, previewStatus, quietStatus, type Status } from "./preview-status";
import type { Phase } from "./submission";

/** Puts preview and phase into one status bar, so that the result appears where the preview was. */
export function statusOf(phase: Phase, state: PreviewState, hasText: boolean, mayAppeal = false): Status {
  switch (phase.name) {
    case "sending":
      return { ...quietStatus("Sending…"), source: "Server" };
    case "failed":
      return failureStatus(phase.error);
    case "deciding":
      return { ...quietStatus("Received. The server is deciding…"), source: "Server" };
    case "decided":
      return decisionStatus(phase.decision, state.preview, mayAppeal);
    default:
      return previewStatus(state, hasText);
  }
}

function failureStatus(error: unknown): Status {
  const { title, detail } = describeError(error, "Your text is kept on this device.");
  const unknown = isProblem(error) && error.unreachable;
  const source = unknown ? "Not confirmed" : "Not sent";
  const notes = unknown
    ? [detail, "Should it have arrived after all, trying again makes no second post."]
    : [detail];
  return { tone: "problem", source, headline: title, reasons: [], notes };
}

const OUTCOME_WORDS: Record<Outcome, string> = {
  published: "published",
  held: "held for a person",
  rejected: "not published",
};

/** The status bar once somebody has decided: who, in what time, what, what happens next, and how it fits the preview. */
export function decisionStatus(decision: Decision, preview: Preview | null, mayAppeal: boolean): Status {
  const who = decision.decided_by === "person" ? "a person" : "the server";
  const seen = decision.outcome === "published" ? "Others can read it now." : "";
  const took = decision.took_ms ? ` in ${formatMs(decision.took_ms)}` : "";
  return {
    tone: decision.outcome,
    source: "",
    headline: `Decided by ${who}${took}: ${OUTCOME_WORDS[decision.outcome]}`,
    reasons: decision.reasons,
    notes: [seen, nextStep(decision, mayAppeal), difference(decision, preview)].filter((note) => note !== ""),
  };
}

/** What happens next, and until when something can be done about it. */
export function nextStep(decision: Decision, mayAppeal: boolean): string {
  const until =
    mayAppeal && decision.appeal_until
      ? ` You can appeal until ${formatDateTime(decision.appeal_until)}.`
      : "";
  if (decision.failure_mode && decision.failure_mode !== "local") {
    return `A check did not answer, so a person looks at it first.${until}`;
  }
  if (decision.outcome === "held") return `A person looks at it before others can see it.${until}`;
  if (decision.outcome === "rejected")
    return `Only you can see it. You can change it and send it again.${until}`;
  return "";
}

const TIER_SUBJECT: Record<Tier, string> = {
  0: "The rules on this device",
  1: "The model on this device",
  2: "Your own provider",
  3: "The server's check before",
};

/** Where preview and decision differ: that they do, and why. */
function difference(decision: Decision, preview: Preview | null): string {
  if (!preview || preview.outcome === decision.outcome) return "";
  const said = `${TIER_SUBJECT[preview.tier]} said “${LIKELY_WORDS[preview.outcome].toLowerCase()}”.`;
  return `${said} ${reasonForDifference(decision, preview)}`;
}

function reasonForDifference(decision: Decision, preview: Preview): string {
  if (decision.decided_by === "person") return "A person sees more than a preview can.";
  if (decision.failure_mode === "local") {
    return "A check did not answer this time, so the server's own model judged instead.";
  }
  if (decision.failure_mode) return "A check did not answer this time, and then nothing goes out unseen.";
  if (decision.policy && decision.policy.digest !== preview.policy.digest) {
    return "The policy has changed since this page loaded it.";
  }
  if (preview.tier === 2) return "The server asked another model, and rules that this device does not have.";
  if (preview.tier === 3) return "Something has changed on the server since then.";
  if (preview.tier === 1 && decision.model && preview.model && decision.model !== preview.model) {
    return "The server has another version of the model.";
  }
  if (preview.isBorderline) return "It was close to the line.";
  return preview.usedModel
    ? "The server also has rules that this device does not have."
    : "The server also ran the model and rules that this device does not have.";
}
