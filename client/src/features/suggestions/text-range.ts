import type { Reason } from "../../platform/api/types";

/** A part of a field in UTF-16 units, and its text at that time. */
export interface TextRange {
  field: "title" | "body";
  start: number;
  end: number;
  original: string;
}

/** One sentence or line. A passage consists of whole sentences. */
const SENTENCE = /[^.!?\n]*(?:[.!?]+["'”’)\]]*|\n|$)\s*/gu;

/** Returns true if the range still has the same text. */
export function isUnchanged({ start, end, original }: TextRange, text: string): boolean {
  return text.slice(start, end) === original;
}

/** Returns the range of the whole field. */
export function wholeField(field: TextRange["field"], text: string): TextRange {
  return { field, start: 0, end: text.length, original: text };
}

/** Returns the empty range at the end of the body. */
export function endOfBody(body: string): TextRange {
  return { field: "body", start: body.length, end: body.length, original: "" };
}

/**
 * Returns the passage of the body to reword: the selection, else the sentences with highlights, else the whole body.
 *
 * @param offset code points before the body in the judged text
 */
export function passageToReword(
  body: string,
  selected: [number, number],
  reasons: readonly Reason[],
  offset: number,
): TextRange {
  const [from, to] = selected;
  if (to > from) return rangeIn(body, from, to);
  const points = Array.from(body);
  const units = (point: number) => points.slice(0, Math.max(0, point - offset)).join("").length;
  const spans = reasons.flatMap((reason) => reason.spans ?? []).filter(({ end }) => end > offset);
  if (spans.length === 0) return trimmed(body, 0, body.length);
  const first = Math.min(...spans.map(({ start }) => units(start)));
  const last = Math.max(...spans.map(({ end }) => units(end)));
  const sentences = Array.from(
    body.matchAll(SENTENCE),
    (found) => [found.index, found.index + found[0].length] as const,
  );
  const touched = sentences.filter(([start, end]) => start < last && end > first);
  return trimmed(body, touched[0]?.[0] ?? 0, touched.at(-1)?.[1] ?? body.length);
}

/** Returns the range without leading and trailing white space. */
function trimmed(body: string, start: number, end: number): TextRange {
  const text = body.slice(start, end);
  const lead = text.length - text.trimStart().length;
  return rangeIn(body, start + lead, start + Math.max(lead, text.trimEnd().length));
}

function rangeIn(body: string, start: number, end: number): TextRange {
  return { field: "body", start, end, original: body.slice(start, end) };
}

/**
 * Inserts text into a field as if it had been typed, so that the browser's undo reverts it. `execCommand` is deprecated,
 * but every browser has it, and nothing else keeps the undo history.
 *
 * @returns false if the browser did not do it; the field is unchanged then
 */
export function insertText(field: HTMLTextAreaElement, { start, end }: TextRange, text: string): boolean {
  field.focus();
  field.setSelectionRange(start, end);
  return document.execCommand("insertText", false, text);
}
