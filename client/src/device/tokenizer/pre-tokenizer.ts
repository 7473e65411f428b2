import runs from "./character-classes.json";

type ClassName = keyof typeof runs;

/** A class of characters in the model's Unicode version, which may differ from the browser's. */
export class CharClass {
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];

  constructor(name: ClassName) {
    const numbers = runs[name];
    let at = 0;
    for (let i = 0; i + 1 < numbers.length; i += 2) {
      at += numbers[i] ?? 0;
      this.starts.push(at);
      at += numbers[i + 1] ?? 0;
      this.ends.push(at);
    }
  }

  has(point: number): boolean {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.ends[middle] ?? 0) <= point) low = middle + 1;
      else high = middle;
    }
    return low < this.starts.length && point >= (this.starts[low] ?? 0);
  }
}

const DROPPED = new CharClass("dropped");
const SPACES = new CharClass("spaces");
const MARKS = new CharClass("marks");
const PADDED = new CharClass("padded");
const PUNCTUATION = new CharClass("punctuation");

/** Replaces lone surrogates with U+FFFD, as the server does. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\uFFFD");
}

/**
 * Splits a text into normalized words, in this order: drop control characters, turn white space into
 * spaces, separate CJK characters, strip accents, lowercase, separate punctuation. The same as BertNormalizer and
 * BertPreTokenizer of https://github.com/huggingface/tokenizers.
 */
export function preTokenize(text: string): string[] {
  return splitPunctuation(lowered(withoutMarks(cleaned(text))));
}

function cleaned(text: string): string {
  let result = "";
  for (const char of text) {
    const point = char.codePointAt(0) ?? 0;
    if (DROPPED.has(point)) continue;
    if (SPACES.has(point)) result += " ";
    else result += PADDED.has(point) ? ` ${char} ` : char;
  }
  return result;
}

function withoutMarks(text: string): string {
  return kept(text.normalize("NFD"), (point) => !MARKS.has(point));
}

/** Lowercases each character by itself, so that a final sigma gets no special form. */
function lowered(text: string): string {
  let result = "";
  for (const char of text) result += char.toLowerCase();
  return result;
}

function splitPunctuation(text: string): string[] {
  const found: string[] = [];
  for (const word of text.split(/ +/)) {
    let current = "";
    for (const char of word) {
      if (!PUNCTUATION.has(char.codePointAt(0) ?? 0)) {
        current += char;
        continue;
      }
      if (current) found.push(current);
      found.push(char);
      current = "";
    }
    if (current) found.push(current);
  }
  return found;
}

function kept(text: string, wanted: (point: number) => boolean): string {
  let result = "";
  for (const char of text) if (wanted(char.codePointAt(0) ?? 0)) result += char;
  return result;
}
