import type { Reason } from "../platform/api/types";

export interface Highlight {
  text: string;
  /** The reason that marks these words; null for unmarked words. */
  reason: Reason | null;
  /** Offset of the first UTF-16 unit in the field. */
  start: number;
}

interface Range {
  start: number;
  end: number;
  reason: Reason;
}

/**
 * Cuts a field's text into marked and unmarked runs.
 *
 * @param text the field's own text
 * @param offset code points of the judged text before this field
 * @param reasons the rules that fired, with spans in code points of the whole judged text
 */
export function highlight(text: string, offset: number, reasons: readonly Reason[]): Highlight[] {
  const highlights: Highlight[] = [];
  if (reasons.length === 0) return text ? [{ text, reason: null, start: 0 }] : highlights;
  let at = 0;
  for (const range of ranges(text, offset, reasons)) {
    if (range.end <= at) continue;
    const start = Math.max(at, range.start);
    if (start > at) highlights.push({ text: text.slice(at, start), reason: null, start: at });
    highlights.push({ text: text.slice(start, range.end), reason: range.reason, start });
    at = range.end;
  }
  if (at < text.length) highlights.push({ text: text.slice(at), reason: null, start: at });
  return highlights;
}

function ranges(text: string, offset: number, reasons: readonly Reason[]): Range[] {
  const units = unitOffsets(text);
  const inField = (codePoint: number) =>
    units[Math.min(Math.max(codePoint - offset, 0), units.length - 1)] ?? 0;
  return reasons
    .flatMap((reason) =>
      (reason.spans ?? []).map((span) => ({ start: inField(span.start), end: inField(span.end), reason })),
    )
    .filter((range) => range.end > range.start)
    .toSorted((a, b) => a.start - b.start);
}

/** UTF-16 offset of each code point and of the end: the server counts code points, the DOM UTF-16 units. */
function unitOffsets(text: string): number[] {
  const offsets: number[] = [];
  let at = 0;
  for (const character of text) {
    offsets.push(at);
    at += character.length;
  }
  return [...offsets, at];
}
