import { diffWordsWithSpace } from "diff";

/** A run of words that stays, goes or comes. */
export interface Change {
  kind: "same" | "gone" | "new";
  text: string;
}

/**
 * How one text becomes another, word by word; putting together what stays and comes gives the new text. Spaces that
 * stay between words that do not are no reason to break a change into pieces.
 */
export function changes(before: string, after: string): Change[] {
  const runs: Change[] = [];
  let [gone, come] = ["", ""];
  const flush = () => {
    if (gone) runs.push({ kind: "gone", text: gone });
    if (come) runs.push({ kind: "new", text: come });
    [gone, come] = ["", ""];
  };
  for (const { value, added, removed } of diffWordsWithSpace(before, after)) {
    if (added) come += value;
    else if (removed) gone += value;
    else if (value.trim() === "" && gone + come !== "") [gone, come] = [gone + value, come + value];
    else {
      flush();
      runs.push({ kind: "same", text: value });
    }
  }
  flush();
  return runs;
}
