import { formatSigned } from "../../platform/browser/format";
import { type MessageKey, t } from "../../platform/i18n";

interface ScoreBar {
  name: string;
  label: string;
  value: number;
  /** The formatted value with its sign. */
  shown: string;
  /** Length of the bar: the largest part fills the track. */
  share: number;
}

const LABELS: Readonly<Record<string, MessageKey>> = {
  freshness: "feed.why.freshness",
  votes: "feed.why.votes",
  discussion: "feed.why.discussion",
  taste: "feed.why.taste",
  community: "feed.why.community",
  seen: "feed.why.seen",
  variety: "feed.why.variety",
};

/**
 * The parts of a score, largest first, rounded to hundredths that add up to the rounded score. Parts that round to
 * zero are left out.
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
      label: labelOf(name),
      value: hundredth / 100,
      shown: formatSigned(hundredth / 100, 2),
      share: Math.abs(hundredth) / largest,
    }));
}

/** Rounds values to integers that add up to `total` (largest remainder method). */
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

/** The label of a part. A newer server may send parts that this page does not know: they keep their names. */
function labelOf(name: string): string {
  const key = LABELS[name];
  return key ? t(key) : name;
}
