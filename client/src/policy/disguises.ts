import { pointCounter } from "./code-points";
import { FOREIGN, isForeign, STYLED } from "./confusables";
import { type Normalized, normalize, type Span } from "./normalize";

/**
 * The forms of a text that rules read: the plain form, and forms with disguises removed. The same algorithm as
 * `shared/policy/disguises.py`, which explains each step.
 */

const INSERTED =
  "*^~+\\\\\\u00a1-\\u00a9\\u00ab-\\u00b6\\u00b8\\u00b9\\u00bb-\\u00bf\\u00d7\\u00f7\\u2020-\\u2025" +
  "\\u2030-\\u205e\\u2190-\\u2e7f\\u{1f000}-\\u{1f0ff}\\u{1f200}-\\u{1faff}";
const IS_INSERTED = new RegExp(`[${INSERTED}]`, "u");
const MOST_INSERTED = 3;
const HAS_INSERTED = new RegExp(`[a-z][${INSERTED}]{1,${MOST_INSERTED}}[a-z]`, "u");
const DIVIDED = /(?<![a-z0-9@./:_-])([a-z]+)(?:[.\-_]|__)([a-z]+)(?![a-z0-9@/:_-]|\.[a-z])/gu;
const FEWEST_DIVIDED = 3;
const FEWEST_LETTERS = 3;
const LEET = new Map(Object.entries({ 0: "o", 3: "e", 4: "a", 5: "s", 7: "t", 8: "b", "@": "a", $: "s" }));
const UPRIGHTS = [null, "i", "l"] as const;
/** Runs of signs that stand for letters; those that are not in `LEET` are upright strokes (i or l). */
const SIGNS = /[034578@$1!|]+/gu;
const ONLY_INSIDE = new Set("!|");
const VOWELS = new Set("aeiouy");
const STRETCH = /([a-z])\1{2,}/gu;
/** How many letters of a stretched run to keep: of vowels, and of other letters. */
const KEPT = [
  [1, 2],
  [2, 2],
  [1, 1],
] as const;
const SPELLED_OR_INSERTED =
  "(?<![a-z0-9@$])[a-z0-9@$][^a-z0-9@$][a-z0-9@$][^a-z0-9@$][a-z0-9@$](?![a-z0-9@$])" +
  `|${HAS_INSERTED.source}`;
const SUSPECT = new RegExp(
  `[${[...FOREIGN.keys(), ...STYLED.keys()].join("")}]|([a-z])\\1\\1` +
    "|[a-z][0134578@$]|[0134578@$][a-z]|[a-z][!|]+[a-z]|" +
    SPELLED_OR_INSERTED,
  "u",
);
const UNREADABLE = new RegExp(
  `[${[...FOREIGN.keys(), ...STYLED.keys()].join("")}]|(?!www\\.)([a-z])\\1\\1|[a-z][0134578@$!|]+[a-z]|` +
    SPELLED_OR_INSERTED,
  "u",
);
const BEYOND_ASCII = /[\u0080-\u{10ffff}]/gu;
const LATIN_LETTER = /[a-z]/u;
const FILLERS = new Set("\u115f\u1160\u3164\uffa0\u0488\u0489\u1abe\u20dd\u20de\u20df\u20e0\u20e2\u20e4");

interface Piece {
  chars: readonly string[];
  origins: readonly Span[];
}

/** A letter that is repeated: its start in UTF-16 units and in code points, and how often it is repeated. */
interface Stretch {
  unit: number;
  start: number;
  length: number;
  vowel: boolean;
}

/** Returns the plain form and all others; most texts have only one form, none more than 19. */
export function forms(plain: Normalized): Normalized[] {
  if (!SUSPECT.test(plain.text)) return [plain];
  const latinOnly = latin({ chars: Array.from(plain.text), origins: plain.origins });
  const pieces = HAS_INSERTED.test(latinOnly.chars.join(""))
    ? [latinOnly, withoutInserted(latinOnly)]
    : [latinOnly];
  const found = new Map([[plain.text, plain]]);
  for (const bare of pieces.map(joined)) {
    const text = bare.chars.join("");
    for (const reading of new Set(UPRIGHTS.map((sign) => lettersForSigns(text, sign)))) {
      const runs = stretches(reading);
      for (const [vowels, others] of runs.length > 0 ? KEPT : KEPT.slice(0, 1)) {
        const kept = runs.map((run) => (run.vowel ? vowels : others));
        const form = squeezed(reading, runs, kept);
        if (found.has(form)) continue;
        // Computed on demand: only forms with a match need their origins.
        found.set(form, {
          text: form,
          get origins() {
            return squeezedOrigins(bare.origins, runs, kept);
          },
        });
      }
    }
  }
  return [...found.values()];
}

/** Returns the text without disguises, as a model should read it too; null if it reads it as it is written. */
export function restored(text: string): string | null {
  const plain = normalize(text);
  let found = plain.text;
  if (UNREADABLE.test(found)) {
    const bare = joined(withoutInserted(latin({ chars: Array.from(found), origins: plain.origins })));
    const reading = lettersForSigns(bare.chars.join(""), UPRIGHTS[0]);
    const runs = stretches(reading);
    const [vowels, others] = KEPT[0];
    const kept = runs.map((run) => (run.vowel ? vowels : others));
    found = squeezed(reading, runs, kept);
  }
  if ((found.match(DIVIDED)?.length ?? 0) >= FEWEST_DIVIDED) found = found.replace(DIVIDED, "$1$2");
  if (found !== plain.text) return found;
  return text.match(BEYOND_ASCII)?.some(isStyled) ? plain.text : null;
}

function isStyled(char: string): boolean {
  const compatible = char.normalize("NFKD");
  const isLetter = compatible !== char.normalize("NFD") && LATIN_LETTER.test(compatible.toLowerCase());
  return isLetter || FILLERS.has(char);
}

/** Replaces look-alikes by Latin letters, except in words that are entirely of another script. */
function latin({ chars, origins }: Piece): Piece {
  const result = [...chars];
  let start = 0;
  for (let end = 0; end <= chars.length; end += 1) {
    const char = chars[end] ?? " ";
    if (isSign(char) || STYLED.has(char) || isForeign(char)) continue;
    const word = chars.slice(start, end);
    const mixed = word.some((part) => isLetter(part) || STYLED.has(part));
    const foreign = mixed || word.every((part) => FOREIGN.has(part) || !isForeign(part));
    word.forEach((part, place) => {
      result[start + place] = STYLED.get(part) ?? (foreign ? FOREIGN.get(part) : undefined) ?? part;
    });
    start = end + 1;
  }
  return { chars: result, origins };
}

/** Removes signs that stand inside of words. */
function withoutInserted({ chars, origins }: Piece): Piece {
  const kept: number[] = [];
  let index = 0;
  while (index < chars.length) {
    let end = index;
    while (IS_INSERTED.test(chars[end] ?? "")) end += 1;
    const isInside = isLetter(chars[index - 1] ?? "") && isLetter(chars[end] ?? "");
    if (isInside && index < end && end <= index + MOST_INSERTED) index = end;
    do kept.push(index++);
    while (index < end);
  }
  return { chars: kept.map((place) => chars[place] ?? ""), origins: kept.map((place) => at(origins, place)) };
}

/** Joins single letters with the same separator between them to one word; wider gaps separate words. */
function joined({ chars, origins }: Piece): Piece {
  const kept: number[] = [];
  const width = (place: number) => at(origins, place).end - at(origins, place).start;
  let index = 0;
  while (index < chars.length) {
    const end = spelled(chars, index);
    let narrow = Number.POSITIVE_INFINITY;
    let letters = 0;
    for (let place = index; place <= end; place += 2) {
      if (isLetter(chars[place] ?? "")) letters += 1;
      if (place < end) narrow = Math.min(narrow, width(place + 1));
    }
    const isWord = end >= index + 2 * (FEWEST_LETTERS - 1) && letters > 1;
    // Digits and signs without two letters are no word, and no part of them is one: only its end may begin one.
    const last = isWord ? end : Math.max(end - 1, index);
    for (let place = index; place <= last; place += 1) {
      const isGap = (place - index) % 2 === 1;
      if (!isWord || !isGap || width(place) !== narrow) kept.push(place);
    }
    index = last + 1;
  }
  return { chars: kept.map((place) => chars[place] ?? ""), origins: kept.map((place) => at(origins, place)) };
}

/** Returns the index of the last letter of a word spelled out from `start`; `start` if there is none. */
function spelled(chars: readonly string[], start: number): number {
  if (!isToken(chars[start] ?? "") || isToken(chars[start - 1] ?? "")) return start;
  let end = start;
  while (!isToken(chars[end + 1] ?? "") && isToken(chars[end + 2] ?? "")) {
    if (chars[end + 1] !== chars[start + 1] || isToken(chars[end + 3] ?? "")) break;
    end += 2;
  }
  return end;
}

/** Replaces digits and signs next to letters by the letters that they stand for. */
function lettersForSigns(text: string, upright: "i" | "l" | null): string {
  return text.replace(SIGNS, (run, unit: number) => {
    const [left, right] = [text.charAt(unit - 1), text.charAt(unit + run.length)];
    const [before, behind] = [isLetter(left), isLetter(right)];
    if (!before && !behind) return run;
    const straight = upright ?? (VOWELS.has(left) || VOWELS.has(right) ? "l" : "i");
    const inside = before && behind;
    return Array.from(run, (char) =>
      inside || !ONLY_INSIDE.has(char) ? (LEET.get(char) ?? straight) : char,
    ).join("");
  });
}

/** Finds stretched letters, in order. */
function stretches(text: string): Stretch[] {
  const pointAt = pointCounter(text);
  return Array.from(text.matchAll(STRETCH), ({ 0: run, index }) => ({
    unit: index,
    start: pointAt(index),
    length: run.length,
    vowel: VOWELS.has(run.charAt(0)),
  }));
}

/** Shortens each stretched run to the given number of letters. */
function squeezed(text: string, runs: readonly Stretch[], kept: readonly number[]): string {
  let from = 0;
  const parts = runs.map(({ unit, length }, run) => {
    const part = text.slice(from, unit + (kept[run] ?? length));
    from = unit + length;
    return part;
  });
  return parts.join("") + text.slice(from);
}

/** Returns the origins of a squeezed text. The last letter of a run also covers the letters that were dropped. */
function squeezedOrigins(
  origins: readonly Span[],
  runs: readonly Stretch[],
  kept: readonly number[],
): Span[] {
  const result: Span[] = [];
  let from = 0;
  runs.forEach(({ start, length }, run) => {
    const last = start + (kept[run] ?? length) - 1;
    for (let place = from; place < last; place += 1) result.push(at(origins, place));
    from = start + length;
    result.push({ start: at(origins, last).start, end: at(origins, from - 1).end });
  });
  for (let place = from; place < origins.length; place += 1) result.push(at(origins, place));
  return result;
}

function at(origins: readonly Span[], place: number): Span {
  return origins[place] ?? { start: 0, end: 0 };
}

function isLetter(char: string): boolean {
  return char >= "a" && char <= "z";
}

function isSign(char: string): boolean {
  return isLetter(char) || (char >= "0" && char <= "9");
}

function isToken(char: string): boolean {
  return isSign(char) || char === "@" || char === "$";
}
