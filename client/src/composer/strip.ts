import type { Reason } from "../api/types";
import type { Tier } from "./preview";

export type Tone = "quiet" | "published" | "held" | "rejected" | "problem";

/** What the strip below the text says. */
export interface Verdict {
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

/** A strip that says one thing and asks for no attention. */
export function quiet(headline: string): Verdict {
  return { tone: "quiet", source: "", headline, reasons: [], notes: [] };
}
