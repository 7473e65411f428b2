import type { Outcome, Reason } from "../api/types";

/** What this device thinks of a text before anybody has decided anything. It binds nobody. */
export interface Preview {
  outcome: Outcome;
  reasons: Reason[];
  /** Rules that only the server has. */
  hiddenRules: number;
  policy: { digest: string; version: number };
}

/** Answers for a text as the server will read it, or null while there are no rules on this device. */
export type Previewer = (text: string) => Preview | null;

/** The text that rules read and that their offsets count in: title, blank line, body; one alone without the other. */
export function judgedText(title: string, body: string): string {
  return title && body ? `${title}\n\n${body}` : title || body;
}
