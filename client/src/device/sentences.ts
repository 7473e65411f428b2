export interface Span {
  start: number;
  end: number;
}

/** A sentence ends with its full stop (and what closes it), or with its line. */
const SENTENCE =
  /[^\n.!?…。！？]*(?:[.!?…。！？]+(?![\s"'”’)\]]|$)[^\n.!?…。！？]*)*[.!?…。！？]*["'”’)\]]*/gu;

/**
 * The sentences of a text, in UTF-16 units, without the space around them. A rule of this side only, to say
 * where a score comes from: what decides reads the whole text at once.
 */
export function sentencesOf(text: string): Span[] {
  const spans: Span[] = [];
  for (const { 0: found, index } of text.matchAll(SENTENCE)) {
    const start = index + found.length - found.trimStart().length;
    const end = index + found.trimEnd().length;
    if (/[\p{L}\p{N}\p{S}]/u.test(text.slice(start, end))) spans.push({ start, end });
  }
  return spans;
}
