import type { Place } from "./place";

/**
 * Puts words into a field as if they had been typed, so that the browser's own undo takes them out again.
 * `execCommand` is deprecated for rich text; for this there is nothing else, and every browser has it.
 *
 * @returns whether the browser did it; else the field is as it was
 */
export function typeInto(field: HTMLTextAreaElement, { start, end }: Place, words: string): boolean {
  field.focus();
  field.setSelectionRange(start, end);
  return document.execCommand("insertText", false, words);
}
