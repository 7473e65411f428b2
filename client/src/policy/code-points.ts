/** Counts the code points of a text: the unit of Python, while the DOM counts UTF-16 units. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** Returns a function that converts UTF-16 offsets to code points in one pass; the offsets must not decrease. */
export function pointCounter(text: string): (unit: number) => number {
  let [at, points] = [0, 0];
  return (unit) => {
    points += codePoints(text.slice(at, unit));
    at = unit;
    return points;
  };
}
