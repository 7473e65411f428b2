import type { Outcome, Reason } from "../../platform/api/types";
import { countOf } from "../../platform/browser/format";
import { type Preview, type PreviewState, TIER_WORDS, type Tier } from "../previews/preview";

export type Tone = "quiet" | "published" | "held" | "rejected" | "problem";

/** What the status bar below the text says. */
export interface Status {
  tone: Tone;
  /** Which preview speaks; absent where it is the official result, or nobody. */
  tier?: Tier;
  /** Who speaks, in words; empty where the headline says it. */
  source: string;
  headline: string;
  reasons: Reason[];
  notes: string[];
  /** The server's signed word about exactly this text. */
  receipt?: string;
}

/** A status bar that says one thing and asks for no attention. */
export function quietStatus(headline: string): Status {
  return { tone: "quiet", source: "", headline, reasons: [], notes: [] };
}

export const LIKELY_WORDS: Record<Outcome, string> = {
  published: "Likely published",
  held: "May be held",
  rejected: "May be rejected",
};

const FREE = "You can send all the same: the server decides.";

/** The status bar while somebody writes. */
export function previewStatus(state: PreviewState, hasText: boolean): Status {
  const { preview, running } = state;
  if (!hasText) return { ...quietStatus(START), tier: 0, source: TIER_WORDS[0] };
  if (!preview) {
    const headline = running.length > 0 ? "Looking…" : "No preview right now.";
    return {
      ...quietStatus(headline),
      source: runningWords(running),
      notes: [state.problem, FREE].filter(Boolean),
    };
  }
  const { outcome, tier } = preview;
  return {
    tone: outcome === "published" ? "quiet" : outcome,
    tier,
    source: [TIER_WORDS[tier], runningWords(running)].filter(Boolean).join(" · "),
    headline: headlineOf(preview),
    reasons: preview.reasons,
    notes: notesOf(state, preview),
    ...(preview.receipt ? { receipt: preview.receipt } : {}),
  };
}

function headlineOf({ outcome, isBorderline }: Preview): string {
  if (!isBorderline) return LIKELY_WORDS[outcome];
  return outcome === "rejected"
    ? "Close to the line: may be rejected"
    : "Close to the line: a person may look";
}

const START = "Checked as you write. Nothing leaves this device unless you asked for it.";

/** What else may happen to a text that is close to the line. */
const MILDER: Record<Outcome, string> = {
  published: "",
  held: "It may also go out at once.",
  rejected: "A person may also look at it first.",
};

function notesOf({ stricter, problem }: PreviewState, preview: Preview): string[] {
  const close = preview.isBorderline ? MILDER[preview.outcome] : "";
  const other = stricter
    ? `${TIER_WORDS[stricter.tier]} said: ${LIKELY_WORDS[stricter.outcome].toLowerCase()}.`
    : "";
  // While the text is fine the status bar is nearly silent, and keeps its height.
  const remark =
    preview.remark && preview.outcome !== "published" ? `Your model's remark: ${preview.remark}` : "";
  return [close, remark, other, notChecked(preview), problem].filter(Boolean);
}

function notChecked({ tier, hiddenRules, usedModel }: Preview): string {
  if (tier === 3)
    return "Checked by the server just now, for exactly this text. It decides again when you post.";
  const rules = `${countOf(hiddenRules, "rule")} that only the server has`;
  const model = usedModel ? (tier === 2 ? "the server's own model" : "") : "the model";
  const missing = [hiddenRules > 0 ? rules : "", model].filter(Boolean);
  return missing.length > 0 ? `Not checked: ${missing.join(", and ")}.` : "";
}

function runningWords(running: readonly Tier[]): string {
  if (running.includes(3)) return "asking the server…";
  if (running.includes(2)) return "asking your key…";
  return "";
}
