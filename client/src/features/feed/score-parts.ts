export interface ScoreBar {
  name: string;
  label: string;
  value: number;
  /** The value as it is shown, with its sign. */
  shown: string;
  /** Length of the bar: the largest part fills the track. */
  share: number;
}

const LABELS: Record<string, string> = {
  freshness: "Fresh",
  votes: "Votes",
  discussion: "Discussion",
  taste: "Near to your taste",
  community: "A community you like",
  variety: "Variety",
};

/**
 * The parts of a score, largest first, in hundredths that add up to the score as it is shown. Parts that
 * add nothing are left out.
 */
export function scoreBars(parts: Record<string, number>, score: number): ScoreBar[] {
  const names = Object.keys(parts);
  const shares = hundredths(Object.values(parts), Math.round(score * 100));
  const largest = Math.max(...shares.map(Math.abs), 1);
  return names
    .map((name, index) => ({ name, hundredth: shares[index] ?? 0 }))
    .filter(({ hundredth }) => hundredth !== 0)
    .toSorted((a, b) => Math.abs(b.hundredth) - Math.abs(a.hundredth))
    .map(({ name, hundredth }) => ({
      name,
      label: LABELS[name] ?? sentence(name),
      value: hundredth / 100,
      shown: `${hundredth < 0 ? "−" : "+"}${(Math.abs(hundredth) / 100).toFixed(2)}`,
      share: Math.abs(hundredth) / largest,
    }));
}

/** Rounds so that the sum stays: who lost most by rounding down gets what is left (largest remainder method). */
function hundredths(values: readonly number[], total: number): number[] {
  const exact = values.map((value) => value * 100);
  const rounded = exact.map(Math.floor);
  const left = total - rounded.reduce((sum, value) => sum + value, 0);
  const byLoss = exact
    .map((value, index) => ({ index, loss: value - Math.floor(value) }))
    .toSorted((a, b) => b.loss - a.loss)
    .slice(0, Math.max(left, 0));
  for (const { index } of byLoss) rounded[index] = (rounded[index] ?? 0) + 1;
  return rounded;
}

function sentence(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
