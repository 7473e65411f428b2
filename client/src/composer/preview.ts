import type { Outcome, Reason } from "../api/types";
import type { Tier } from "../previews/log";

export type { Tier };

/** What is looked at: the text as the server will read it, and where it is to appear. */
export interface Subject {
  community: string;
  title: string;
  body: string;
}

/** What one tier thinks of a text before anybody has decided anything. It binds nobody. */
export interface Preview {
  tier: Tier;
  /** Which subject it is about: `keyOf`. */
  about: string;
  outcome: Outcome;
  reasons: Reason[];
  /** A score lies so close to a line that the decision may fall on its other side. */
  near: boolean;
  /** Rules that only the server has, and that were not tried. */
  hiddenRules: number;
  /** Whether a model has looked, and not only rules. */
  modelLooked: boolean;
  policy: { digest: string; version: number };
  /** sha256 of the model's file, or the name that the server gives; empty where no model of ours looked. */
  model: string;
  /** Category → tenth of the scale. */
  bands: Readonly<Record<string, number>>;
  tookMs: number;
  /** One sentence of the model, where it gives one. */
  remark?: string;
  /** What the server has signed: only tier 3 has it. */
  receipt?: string;
}

/** The text that rules read and that their offsets count in: title, blank line, body; one alone without the other. */
export function judgedText(title: string, body: string): string {
  return title && body ? `${title}\n\n${body}` : title || body;
}

/** Two subjects with the same key would get the same answer of a tier that also reads the guideline. */
export function keyOf({ community, title, body }: Subject): string {
  return JSON.stringify([community, title, body]);
}
