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
/** However many pauses are folded, the work keeps the rest. */
const ALL_FOLDED_SHARE = 0.6;
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
  const work = workIn(blocks, pauses);
  const folds = pauses.filter((pause) => length(pause) > work * FOLD_ABOVE);
  const place = placing(start, end, folds);
  const gaps = pauses
    .filter((pause) => length(pause) > work * LABEL_ABOVE)
    .map((pause) => {
      const at = place(pause.start);
      return { ...pause, folded: folds.includes(pause), at, width: place(pause.end) - at };
    });
  return { start, end, place, gaps };
}

/** Milliseconds of work. Facts alone take no time: then the shortest pause is the measure. */
function workIn(blocks: readonly Interval[], pauses: readonly Interval[]): number {
  const work = blocks.reduce((sum, block) => sum + length(block), 0);
  return work || Math.min(...pauses.map(length), Number.MAX_VALUE);
}

function placing(start: number, end: number, folds: readonly Interval[]): Axis["place"] {
  const share = Math.min(FOLDED_SHARE, ALL_FOLDED_SHARE / Math.max(folds.length, 1));
  const perMs = (1 - folds.length * share) / scaled(start, end, folds);
  return (ms) => {
    const moment = Math.min(Math.max(ms, start), end);
    let place = (moment - start) * perMs;
    for (const fold of folds.filter(({ start: from }) => from < moment)) {
      const passed = Math.min(moment, fold.end) - fold.start;
      place += (passed / length(fold)) * share - passed * perMs;
    }
    return place;
  };
}

function length({ start, end }: Interval): number {
  return end - start;
}

/** Milliseconds that are drawn to scale; at least one, so that a single moment has an axis. */
function scaled(start: number, end: number, folds: readonly Interval[]): number {
  return Math.max(end - start - folds.reduce((sum, pause) => sum + length(pause), 0), 1);
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
