export interface PartBar {
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
  similarity: "Near to your taste",
  affinity: "Communities you read",
  variety: "Variety",
};

/** The parts of a score, largest first; parts that add nothing are left out. */
export function partBars(parts: Record<string, number>): PartBar[] {
  const entries = Object.entries(parts).filter(([, value]) => Math.abs(value) >= 0.005);
  const largest = Math.max(...entries.map(([, value]) => Math.abs(value)), Number.MIN_VALUE);
  return entries
    .toSorted(([, a], [, b]) => Math.abs(b) - Math.abs(a))
    .map(([name, value]) => ({
      name,
      label: LABELS[name] ?? sentence(name),
      value,
      shown: `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`,
      share: Math.abs(value) / largest,
    }));
}

function sentence(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
