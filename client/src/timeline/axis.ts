/** A stretch of time, in milliseconds since the epoch. */
export interface Interval {
  start: number;
  end: number;
}

/** A stretch in which nothing of this post happened. `at` and `width` are shares of the axis. */
export interface Gap extends Interval {
  at: number;
  width: number;
  /** Drawn shorter than it was. */
  folded: boolean;
}

/** Where a moment stands on the axis, from 0 to 1. */
export interface Axis {
  start: number;
  end: number;
  place: (ms: number) => number;
  gaps: Gap[];
}

/** A pause this many times as long as all the work would leave the work too small to see. */
const FOLD_ABOVE = 1.5;
/** The share of the axis that a folded pause keeps: enough for its label. */
const FOLDED_SHARE = 0.14;
/** Pauses shorter than this share of the work need no label. */
const LABEL_ABOVE = 0.08;

/**
 * One axis for milliseconds of work and hours of waiting: work is drawn to scale, long pauses are folded.
 *
 * @param busy when something happened; moments are intervals of no length
 */
export function buildAxis(busy: readonly Interval[]): Axis {
  const blocks = merge(busy);
  const start = blocks[0]?.start ?? 0;
  const end = blocks.at(-1)?.end ?? start;
  const pauses = blocks
    .slice(1)
    .map((block, index) => ({ start: blocks[index]?.end ?? start, end: block.start }));
  const work = Math.max(
    blocks.reduce((sum, block) => sum + block.end - block.start, 0),
    1,
  );
  const folded = pauses.filter((pause) => length(pause) > work * FOLD_ABOVE);
  const unit =
    (1 - folded.length * Math.min(FOLDED_SHARE, 0.6 / Math.max(folded.length, 1))) /
    scaled(start, end, folded);
  const share = Math.min(FOLDED_SHARE, 0.6 / Math.max(folded.length, 1));
  const place = (ms: number) => placeOf(Math.min(Math.max(ms, start), end), start, folded, unit, share);
  const gaps = pauses
    .filter((pause) => length(pause) > work * LABEL_ABOVE)
    .map((pause) => ({
      ...pause,
      folded: folded.includes(pause),
      at: place(pause.start),
      width: place(pause.end) - place(pause.start),
    }));
  return { start, end, place, gaps };
}

function length({ start, end }: Interval): number {
  return end - start;
}

/** Milliseconds that are drawn to scale; at least one, so that a single moment has an axis. */
function scaled(start: number, end: number, folded: readonly Interval[]): number {
  return Math.max(end - start - folded.reduce((sum, pause) => sum + length(pause), 0), 1);
}

function placeOf(
  ms: number,
  start: number,
  folded: readonly Interval[],
  unit: number,
  share: number,
): number {
  let place = (ms - start) * unit;
  for (const pause of folded) {
    if (ms <= pause.start) break;
    const passed = Math.min(ms, pause.end) - pause.start;
    place += (passed / length(pause)) * share - passed * unit;
  }
  return place;
}

/** Intervals that overlap become one, in order. */
export function merge(intervals: readonly Interval[]): Interval[] {
  const merged: Interval[] = [];
  for (const { start, end } of intervals.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  return merged;
}
