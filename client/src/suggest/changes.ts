import { diffWordsWithSpace } from "diff";

/** A run of words that stays, goes or comes. */
export interface Change {
  kind: "same" | "gone" | "new";
  text: string;
}

/** How one text becomes another, word by word; putting together what stays and comes gives the new text. */
export function changes(before: string, after: string): Change[] {
  return diffWordsWithSpace(before, after).map(({ value, added, removed }) => ({
    kind: added ? "new" : removed ? "gone" : "same",
    text: value,
  }));
}
