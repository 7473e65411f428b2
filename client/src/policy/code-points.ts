/** How many code points a text has: Python counts them, the DOM counts UTF-16 units. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** Turns UTF-16 offsets of a text into code points, reading it once: each offset lies at or behind the one before. */
export function pointCounter(text: string): (unit: number) => number {
  let [at, points] = [0, 0];
  return (unit) => {
    points += codePoints(text.slice(at, unit));
    at = unit;
    return points;
  };
}
