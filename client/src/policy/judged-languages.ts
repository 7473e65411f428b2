import { codePoints } from "./code-points";
import type { Passage } from "./languages";
import type { Span } from "./normalize";

/**
 * Finds the passages in languages that an engine was not made for, and takes them out of what it reads. The same as
 * `shared/policy/judged_languages.py`.
 */

export const ALL_LANGUAGES = "*";
const [SUBSTANTIAL_CHARACTERS, SUBSTANTIAL_SHARE] = [120, 0.3];

/** What an engine cannot judge in one text. */
export interface Unjudged {
  /** BCP 47, those with most text first. */
  languages: string[];
  spans: Span[];
  /** Nothing else is left to judge. */
  whole: boolean;
  /** More than a quotation. */
  substantial: boolean;
}

/** Returns what an engine that judges these languages cannot judge in a text; null if it can judge everything. */
export function unjudged(
  text: string,
  passages: readonly Passage[],
  judged: readonly string[],
): Unjudged | null {
  if (judged.includes(ALL_LANGUAGES)) return null;
  const other = passages.filter(({ language }) => language !== null && !judged.includes(language));
  if (other.length === 0) return null;
  const sizes = new Map<string, number>();
  const spans: Span[] = [];
  let characters = 0;
  for (const { start, end, language } of other) {
    sizes.set(language ?? "", (sizes.get(language ?? "") ?? 0) + end - start);
    characters += end - start;
    const last = spans.at(-1);
    if (last?.end === start) last.end = end;
    else spans.push({ start, end });
  }
  const bySize = Array.from(sizes).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return {
    languages: bySize.map(([language]) => language),
    spans,
    whole: other.length === passages.length,
    substantial: characters >= SUBSTANTIAL_CHARACTERS || characters >= SUBSTANTIAL_SHARE * codePoints(text),
  };
}

/** Returns the text with spaces instead of these passages, so that all offsets (in code points) stay. */
export function without(text: string, spans: readonly Span[]): string {
  const chars = Array.from(text);
  for (const { start, end } of spans) chars.fill(" ", start, end);
  return chars.join("");
}
