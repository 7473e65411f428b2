/** The form of a text that rules read: the same algorithm as `shared/policy/normalize.py`, step by step. */

export const NORMALIZER_VERSION = 1;

/** Start (included) and end (excluded), in code points of the original text, as Python counts them. */
export interface Span {
  start: number;
  end: number;
}

export interface Normalized {
  text: string;
  /** For each code point of `text` the piece of the original that became it. */
  origins: readonly Span[];
}

const INVISIBLE =
  "\\u0000-\\u0008\\u000e-\\u001f\\u007f-\\u0084\\u0086-\\u009f\\u00ad\\u061c\\u115f\\u1160\\u17b4\\u17b5" +
  "\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff9-\\ufffb" +
  "\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}";
const ACCENTS = "\\u0300-\\u036f\\u0483-\\u0489\\u1ab0-\\u1aff\\u1dc0-\\u1dff\\u20d0-\\u20ff\\ufe20-\\ufe2f";
const DROPPED = new RegExp(`[${INVISIBLE}${ACCENTS}]`, "gu");
const APOSTROPHES = /[\u02bc\u2018\u2019\u201b]/gu;
const WHITE_SPACE = /[\t\n\v\f\r \u0085\u1680\u2028\u2029]/gu;
// NFC may compose these with the character before: marks, and Hangul vowels and finals.
const JOINS_PREVIOUS = /^[\p{M}\u1160-\u11ff]$/u;
const MAY_JOIN = /[\p{M}\u1160-\u11ff]/u;

/** The normalised form of any text; doing it twice changes nothing. */
export function normalize(text: string): Normalized {
  const chars: string[] = [];
  const origins: Span[] = [];
  let index = 0;
  for (const char of text) {
    for (const folded of fold(char)) {
      if (folded !== " " || (chars.length > 0 && chars.at(-1) !== " ")) {
        chars.push(folded);
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

function fold(char: string): string {
  if (char >= "!" && char <= "~") return char.toLowerCase();
  const lowered = Array.from(char.normalize("NFKD"), (part) => part.toLowerCase()).join("");
  const kept = lowered.normalize("NFKD").replace(DROPPED, "");
  return kept.replace(WHITE_SPACE, " ").replace(APOSTROPHES, "'");
}

/** NFC, one base character with its marks at a time, so that the origins stay known. */
function compose(chars: readonly string[], origins: readonly Span[]): Normalized {
  const text = chars.join("");
  if (!MAY_JOIN.test(text)) return { text, origins };
  const composed: string[] = [];
  const composedOrigins: Span[] = [];
  let start = 0;
  for (let end = 1; end <= chars.length; end += 1) {
    if (JOINS_PREVIOUS.test(chars[end] ?? "")) continue;
    const origin = { start: origins[start]?.start ?? 0, end: origins[end - 1]?.end ?? 0 };
    for (const char of chars.slice(start, end).join("").normalize("NFC")) {
      composed.push(char);
      composedOrigins.push(origin);
    }
    start = end;
  }
  return { text: composed.join(""), origins: composedOrigins };
}
