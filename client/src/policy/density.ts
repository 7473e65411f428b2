/** The limit on what the normalized form of a text may grow to: the same as in `shared/policy/density.py`. */

const MOST_NORMALIZED = 160_000;
const LONGEST_EXPANSION = 18;

/** The reason for which the server holds a text beyond the limit. */
export const TOO_DENSE = {
  rule: "check.too_dense",
  category: "check",
  message: "This text has too many unusual characters for an automatic check. A person will look at it.",
} as const;

/** Returns true if the server holds a text unread, because its normalized form has too many code points. */
export function isTooDense(text: string): boolean {
  if (text.length * LONGEST_EXPANSION <= MOST_NORMALIZED) return false;
  let points = 0;
  for (const _ of text.normalize("NFKD")) points += 1;
  return points > MOST_NORMALIZED;
}
