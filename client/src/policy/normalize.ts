/** The normalized form of a text for rules: the same algorithm as `shared/policy/normalize.py`, step by step. */

export const NORMALIZER_VERSION = 2;

/** Start (included) and end (excluded), in code points of the original text, as Python counts them. */
export interface Span {
  start: number;
  end: number;
}

export interface Normalized {
  text: string;
  /** For each code point of `text`, the span of the original that it comes from. */
  origins: readonly Span[];
}

const INVISIBLE =
  "\\u0000-\\u0008\\u000e-\\u001f\\u007f-\\u0084\\u0086-\\u009f\\u00ad\\u061c\\u115f\\u1160\\u17b4\\u17b5" +
  "\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff9-\\ufffb" +
  "\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}";
// Scripts and letters of newer Unicode versions, which Python and browsers support differently.
const NEWER_CHARACTERS =
  /^[\u0897\u0cf3\u0ece\u1c89\u1c8a\ua7cb-\ua7cf\ua7d2\ua7d4\ua7da-\ua7dc\ua7f1\u{105c0}-\u{105ff}\u{10d40}-\u{10d8f}\u{10ec0}-\u{10eff}\u{11241}\u{11380}-\u{113ff}\u{11b60}-\u{11b7f}\u{11db0}-\u{11def}\u{11f00}-\u{11f5f}\u{13439}-\u{13455}\u{16100}-\u{1613f}\u{16d40}-\u{16d7f}\u{16ea0}-\u{16edf}\u{1cc00}-\u{1cebf}\u{1e030}-\u{1e08f}\u{1e4d0}-\u{1e4ff}\u{1e5d0}-\u{1e5ff}\u{1e6c0}-\u{1e6ff}]$/u;
const ACCENTS = "\\u0300-\\u036f\\u0483-\\u0489\\u1ab0-\\u1aff\\u1dc0-\\u1dff\\u20d0-\\u20ff\\ufe20-\\ufe2f";
const DROPPED = new RegExp(`[${INVISIBLE}${ACCENTS}]`, "gu");
const APOSTROPHES = /[\u02bc\u2018\u2019\u201b]/gu;
const WHITE_SPACE = /[\t\n\v\f\r \u0085\u1680\u2028\u2029]/gu;
// NFC may compose these with the preceding character: marks, and Hangul vowels and finals.
const JOINS_PREVIOUS = /^[\p{M}\u1160-\u11ff]$/u;
// Longer runs of marks are not text, and sorting them takes long.
const MAX_MARKS = 32;
const LONE_SURROGATE = /^[\ud800-\udfff]$/;
const MAY_JOIN = /[\p{M}\u1160-\u11ff]/u;

/** Returns the normalized form of a text. Normalizing twice gives the same result. */
export function normalize(text: string): Normalized {
  const chars: string[] = [];
  const origins: Span[] = [];
  let index = 0;
  for (const char of text) {
    for (const part of fold(char)) {
      if (part !== " " || (chars.length > 0 && chars.at(-1) !== " ")) {
        chars.push(part);
        origins.push({ start: index, end: index + 1 });
      } else {
        const last = origins.at(-1);
        if (last) last.end = index + 1;
      }
    }
    index += 1;
  }
  if (chars.at(-1) === " ") {
    chars.pop();
    origins.pop();
  }
  return compose(chars, origins);
}

/** Cache of folded characters: a normal form takes microseconds, and texts repeat their characters. */
const folded = new Map<string, string>();
/** More characters than the languages of one site use. */
const MAX_FOLDED = 4096;

function fold(char: string): string {
  const known = folded.get(char);
  if (known !== undefined) return known;
  const found = foldUncached(char);
  if (folded.size < MAX_FOLDED) folded.set(char, found);
  return found;
}

function foldUncached(char: string): string {
  if (char >= "!" && char <= "~") return char.toLowerCase();
  // A lone surrogate could combine with another one once characters between them are dropped.
  if (LONE_SURROGATE.test(char)) return "\ufffd";
  if (NEWER_CHARACTERS.test(char)) return char;
  const lowered = Array.from(char.normalize("NFKD"), (part) => part.toLowerCase()).join("");
  const kept = lowered.normalize("NFKD").replace(DROPPED, "");
  return kept.replace(WHITE_SPACE, " ").replace(APOSTROPHES, "'");
}

/** Applies NFC to one base character with its marks at a time, to keep track of the origins. */
function compose(chars: readonly string[], origins: readonly Span[]): Normalized {
  const text = chars.join("");
  if (!MAY_JOIN.test(text)) return { text, origins };
  const composed: string[] = [];
  const composedOrigins: Span[] = [];
  let start = 0;
  for (let end = 1; end <= chars.length; end += 1) {
    if (end - start <= MAX_MARKS && joins(chars[start] ?? "", chars[end] ?? "")) continue;
    const origin = { start: origins[start]?.start ?? 0, end: origins[end - 1]?.end ?? 0 };
    for (const char of chars.slice(start, end).join("").normalize("NFC")) {
      composed.push(char);
      composedOrigins.push(origin);
    }
    start = end;
  }
  return { text: composed.join(""), origins: composedOrigins };
}

/** Returns true if NFC may compose the two. Next to a newer character the order of marks is undefined. */
function joins(base: string, char: string): boolean {
  return JOINS_PREVIOUS.test(char) && !NEWER_CHARACTERS.test(char) && !NEWER_CHARACTERS.test(base);
}
