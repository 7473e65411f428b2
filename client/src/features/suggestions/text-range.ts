import type { Reason } from "../../platform/api/types";

/** A part of a field, in UTF-16 units, and what stood there when it was looked at. */
export interface TextRange {
  field: "title" | "body";
  start: number;
  end: number;
  was: string;
}

/** Ends of sentences, and lines; a passage is made of whole ones. */
const SENTENCE = /[^.!?\n]*(?:[.!?]+["'”’)\]]*|\n|$)\s*/gu;

/** Whether the field still says there what it said. */
export function isUnchanged({ start, end, was }: TextRange, text: string): boolean {
  return text.slice(start, end) === was;
}

/** The whole field. */
export function wholeField(field: TextRange["field"], text: string): TextRange {
  return { field, start: 0, end: text.length, was: text };
}

/** Behind the last word of the body. */
export function endOfBody(body: string): TextRange {
  return { field: "body", start: body.length, end: body.length, was: "" };
}

/**
 * The passage of the body that somebody may want to say differently: what is selected, else the sentences that the
 * marked words stand in, else all of it.
 *
 * @param offset code points of the judged text before the body
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

/** Without the white space around it. */
function trimmed(body: string, start: number, end: number): TextRange {
  const text = body.slice(start, end);
  const lead = text.length - text.trimStart().length;
  return rangeIn(body, start + lead, start + Math.max(lead, text.trimEnd().length));
}

function rangeIn(body: string, start: number, end: number): TextRange {
  return { field: "body", start, end, was: body.slice(start, end) };
}

/**
 * Puts words into a field as if they had been typed, so that the browser's own undo takes them out again.
 * `execCommand` is deprecated for rich text; for this there is nothing else, and every browser has it.
 *
 * @returns whether the browser did it; else the field is as it was
 */
export function insertText(field: HTMLTextAreaElement, { start, end }: TextRange, words: string): boolean {
  field.focus();
  field.setSelectionRange(start, end);
  return document.execCommand("insertText", false, words);
}
