import { isProblem } from "../api/api";
import type { Decision, Outcome, Reason } from "../api/types";
import { moment } from "../state/clock";
import { describe } from "../state/describe";
import { formatMs } from "../state/quantities";
import type { Preview } from "./preview";
import type { Phase } from "./submission";

export type Tone = "quiet" | "published" | "held" | "rejected" | "problem";

/** What the strip below the text says. */
export interface Verdict {
  tone: Tone;
  /** Who speaks: the rules on this device, or the server; empty where the headline says it. */
  source: string;
  headline: string;
  reasons: Reason[];
  notes: string[];
}

const OUTCOME_WORDS: Record<Outcome, string> = {
  published: "published",
  held: "held for a person",
  rejected: "not published",
};
const LIKELY: Record<Outcome, string> = {
  published: "Likely published",
  held: "May be held",
  rejected: "May be rejected",
};

/** Puts preview and phase into one strip, so that the result appears where the preview was. */
export function verdict(phase: Phase, preview: Preview | null, hasText: boolean, mayAppeal = false): Verdict {
  switch (phase.name) {
    case "sending":
      return { ...quiet("Sending…"), source: "Server" };
    case "failed":
      return failed(phase.error);
    case "deciding":
      return { ...quiet("Received. The server is deciding…"), source: "Server" };
    case "decided":
      return decided(phase.decision, preview, mayAppeal);
    default:
      return previewed(preview, hasText);
  }
}

function quiet(headline: string): Verdict {
  return { tone: "quiet", source: "Rules on this device", headline, reasons: [], notes: [] };
}

function previewed(preview: Preview | null, hasText: boolean): Verdict {
  if (!preview) {
    return { ...quiet("No preview right now."), notes: ["You can send all the same: the server decides."] };
  }
  if (!hasText) return quiet("Checked as you write. Nothing leaves this device before you send it.");
  return {
    tone: preview.outcome === "published" ? "quiet" : preview.outcome,
    source: "Rules on this device",
    headline: LIKELY[preview.outcome],
    reasons: preview.reasons,
    notes: [notChecked(preview.hiddenRules)],
  };
}

function notChecked(hidden: number): string {
  const rules = hidden === 1 ? "1 rule that only the server has" : `${hidden} rules that only the server has`;
  return hidden > 0 ? `Not checked: ${rules}, and the model.` : "Not checked: the model.";
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

function decided(decision: Decision, preview: Preview | null, mayAppeal: boolean): Verdict {
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
  if (decision.failure_mode) return `A check did not answer, so a person looks at it first.${until}`;
  if (decision.outcome === "held") return `A person looks at it before others can see it.${until}`;
  if (decision.outcome === "rejected")
    return `Only you can see it. You can change it and send it again.${until}`;
  return "";
}

function difference(decision: Decision, preview: Preview | null): string {
  if (!preview || preview.outcome === decision.outcome) return "";
  const said = `The preview on this device said “${LIKELY[preview.outcome].toLowerCase()}”.`;
  const policy = decision.policy?.digest;
  if (policy && policy !== preview.policy.digest)
    return `${said} The policy has changed since this page loaded it.`;
  return `${said} The server also ran the model and rules that this device does not have.`;
}
