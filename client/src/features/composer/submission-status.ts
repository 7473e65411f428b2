import { isProblem } from "../../platform/api/client";
import type { Decision, Outcome } from "../../platform/api/types";
import { formatMs, moment } from "../../platform/browser/format";
import { describe } from "../../platform/state/notices";
import type { Preview, PreviewState, Tier } from "../previews/preview";
import { LIKELY, previewed, quiet, type Verdict } from "./preview-status";
import type { Phase } from "./submission";

/** Puts preview and phase into one strip, so that the result appears where the preview was. */
export function verdict(phase: Phase, said: PreviewState, hasText: boolean, mayAppeal = false): Verdict {
  switch (phase.name) {
    case "sending":
      return { ...quiet("Sending…"), source: "Server" };
    case "failed":
      return failed(phase.error);
    case "deciding":
      return { ...quiet("Received. The server is deciding…"), source: "Server" };
    case "decided":
      return decided(phase.decision, said.preview, mayAppeal);
    default:
      return previewed(said, hasText);
  }
}

function failed(error: unknown): Verdict {
  const { title, detail } = describe(error, "Your text is kept on this device.");
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

/** The strip once somebody has decided: who, in what time, what, what happens next, and how it fits the preview. */
export function decided(decision: Decision, preview: Preview | null, mayAppeal: boolean): Verdict {
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
    mayAppeal && decision.appeal_until ? ` You can appeal until ${moment(decision.appeal_until)}.` : "";
  if (decision.failure_mode && decision.failure_mode !== "local") {
    return `A check did not answer, so a person looks at it first.${until}`;
  }
  if (decision.outcome === "held") return `A person looks at it before others can see it.${until}`;
  if (decision.outcome === "rejected")
    return `Only you can see it. You can change it and send it again.${until}`;
  return "";
}

const SPEAKER: Record<Tier, string> = {
  0: "The rules on this device",
  1: "The model on this device",
  2: "Your own provider",
  3: "The server's check before",
};

/** Where preview and decision differ: that they do, and why. */
function difference(decision: Decision, preview: Preview | null): string {
  if (!preview || preview.outcome === decision.outcome) return "";
  const said = `${SPEAKER[preview.tier]} said “${LIKELY[preview.outcome].toLowerCase()}”.`;
  return `${said} ${why(decision, preview)}`;
}

function why(decision: Decision, preview: Preview): string {
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
  if (preview.near) return "It was close to the line.";
  return preview.modelLooked
    ? "The server also has rules that this device does not have."
    : "The server also ran the model and rules that this device does not have.";
}
