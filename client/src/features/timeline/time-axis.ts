/** A stretch of time, in milliseconds since the epoch. */
export interface Interval {
  start: number;
  end: number;
}

/** A pause in the work on a post. `at` and `width` are shares of the axis. */
export interface Gap extends Interval {
  at: number;
  width: number;
  /** True if the pause is drawn shorter than to scale. */
  shortened: boolean;
}

/** A time axis; `place` maps a moment to a share from 0 to 1. */
export interface Axis {
  start: number;
  end: number;
  place: (ms: number) => number;
  gaps: Gap[];
}

/** Pauses longer than this share of the work are shortened to it, so that a longer pause never looks shorter. */
const SHORTEN_ABOVE = 0.4;
/** All shortened pauses together are at most this many times as long as the work. */
const MAX_SHORTENED_TOTAL = 1.5;
/** Without spans the shortest pause is the unit, and others are drawn at most this many times as long. */
const MAX_PAUSE_RATIO = 4;
/** Pauses shorter than this share of the work need no label. */
const LABEL_ABOVE = 0.08;

/**
 * Builds one axis for milliseconds of work and hours of waiting: work is to scale, long pauses are shortened.
 *
 * @param busy intervals of work; moments are intervals of length zero
 */
export function buildAxis(busy: readonly Interval[]): Axis {
  const blocks = merge(busy);
  const start = blocks[0]?.start ?? 0;
  const end = blocks.at(-1)?.end ?? start;
  const pauses = blocks
    .slice(1)
    .map((block, index) => ({ start: blocks[index]?.end ?? start, end: block.start }));
  const work = blocks.reduce((sum, block) => sum + length(block), 0);
  const longest = longestShown(work, pauses);
  const shortened = pauses.filter((pause) => length(pause) > longest);
  const place = placeOn(start, end, shortened, longest);
  const gaps = pauses
    .filter((pause) => length(pause) > work * LABEL_ABOVE)
    .map((pause) => {
      const at = place(pause.start);
      return { ...pause, shortened: shortened.includes(pause), at, width: place(pause.end) - at };
    });
  return { start, end, place, gaps };
}

/** Most milliseconds of a pause that are drawn. */
function longestShown(work: number, pauses: readonly Interval[]): number {
  if (work === 0)
    return MAX_PAUSE_RATIO * Math.min(...pauses.map(length), Number.MAX_VALUE / MAX_PAUSE_RATIO);
  return work * Math.min(SHORTEN_ABOVE, MAX_SHORTENED_TOTAL / Math.max(pauses.length, 1));
}

function placeOn(start: number, end: number, shortened: readonly Interval[], longest: number): Axis["place"] {
  const drawn = (ms: number) =>
    shortened.reduce((left, pause) => {
      const passed = Math.min(Math.max(ms - pause.start, 0), length(pause));
      return left - passed * (1 - longest / length(pause));
    }, ms - start);
  // At least one millisecond, so that a single moment has an axis.
  const all = Math.max(drawn(end), 1);
  return (ms) => drawn(Math.min(Math.max(ms, start), end)) / all;
}

function length({ start, end }: Interval): number {
  return end - start;
}

/** Merges overlapping intervals; the result is sorted. */
export function merge(intervals: readonly Interval[]): Interval[] {
  const merged: Interval[] = [];
  for (const { start, end } of intervals.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  return merged;
}
