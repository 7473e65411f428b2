import { FOREIGN, isForeign, STYLED } from "./confusables";
import type { Normalized, Span } from "./normalize";

/**
 * The forms in which rules read a text: as it is, and as it reads once its disguises are taken off. The same algorithm
 * as `shared/policy/disguises.py`, step by step; there stands why.
 */

const SEPARATORS = new Set(" .-_*,/~·•");
const FEWEST_LETTERS = 3;
const LEET = new Map(Object.entries({ 0: "o", 3: "e", 4: "a", 5: "s", 7: "t", 8: "b", "@": "a", $: "s" }));
const UPRIGHT = new Set("1!|");
const UPRIGHTS = [null, "i", "l"] as const;
const ONLY_INSIDE = new Set("!|");
const VOWELS = new Set("aeiouy");
const STRETCHED = 3;
/** Of vowels, and of other letters. */
const KEPT = [
  [1, 2],
  [2, 2],
  [1, 1],
] as const;
const STRETCH = /([a-z])\1\1/u;
const SUSPECT = new RegExp(
  `[${[...FOREIGN.keys(), ...STYLED.keys()].join("")}]|([a-z])\\1\\1` +
    "|[a-z][0134578@$]|[0134578@$][a-z]|[a-z][!|]+[a-z]" +
    "|(?<![a-z0-9@$])[a-z0-9@$][ .\\-_*,\\/~·•][a-z0-9@$][ .\\-_*,\\/~·•][a-z0-9@$](?![a-z0-9@$])",
  "u",
);

interface Piece {
  chars: readonly string[];
  origins: readonly Span[];
}

/** The plain form, and every other one that the text has; most texts have one only, none more than ten. */
export function forms(plain: Normalized): Normalized[] {
  if (!SUSPECT.test(plain.text)) return [plain];
  const bare = joined(latin({ chars: Array.from(plain.text), origins: plain.origins }));
  const readings = new Map<string, Piece>();
  for (const sign of UPRIGHTS) {
    const read = lettersForSigns(bare, sign);
    readings.set(read.chars.join(""), read);
  }
  const found = new Map([[plain.text, plain]]);
  for (const [text, read] of readings) {
    const stretched = STRETCH.test(text);
    for (const [vowels, others] of stretched ? KEPT : KEPT.slice(0, 1)) {
      const { chars, origins } = stretched ? squeezed(read, vowels, others) : read;
      const form = chars.join("");
      if (!found.has(form)) found.set(form, { text: form, origins });
    }
  }
  return [...found.values()];
}

/** Look-alikes as the letters that they look like, except in words that are wholly of another script. */
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

/** Single letters with the same thing between each two of them, as one word; the wider gaps part words. */
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
    const last = isWord ? end : index;
    for (let place = index; place <= last; place += 1) {
      const isGap = (place - index) % 2 === 1;
      if (!isGap || width(place) !== narrow) kept.push(place);
    }
    index = last + 1;
  }
  return { chars: kept.map((place) => chars[place] ?? ""), origins: kept.map((place) => at(origins, place)) };
}

/** The place of the last letter of what is spelled out from `start` on; `start` where nothing is. */
function spelled(chars: readonly string[], start: number): number {
  if (!isToken(chars[start] ?? "") || isToken(chars[start - 1] ?? "")) return start;
  let end = start;
  while (SEPARATORS.has(chars[end + 1] ?? "") && isToken(chars[end + 2] ?? "")) {
    if (chars[end + 1] !== chars[start + 1] || isToken(chars[end + 3] ?? "")) break;
    end += 2;
  }
  return end;
}

/** Digits and signs beside letters as the letters that they stand for. */
function lettersForSigns({ chars, origins }: Piece, upright: "i" | "l" | null): Piece {
  const result = [...chars];
  let start = 0;
  while (start < chars.length) {
    let end = start;
    while (LEET.has(chars[end] ?? "") || UPRIGHT.has(chars[end] ?? "")) end += 1;
    const [left, right] = [chars[start - 1] ?? "", chars[end] ?? ""];
    const [before, behind] = [isLetter(left), isLetter(right)];
    const straight = upright ?? ((before && VOWELS.has(left)) || (behind && VOWELS.has(right)) ? "l" : "i");
    for (let index = start; index < end; index += 1) {
      const char = chars[index] ?? "";
      if ((before && behind) || ((before || behind) && !ONLY_INSIDE.has(char))) {
        result[index] = LEET.get(char) ?? straight;
      }
    }
    start = end + 1;
  }
  return { chars: result, origins };
}

/** Stretched letters as one or two of them. */
function squeezed({ chars, origins }: Piece, vowels: number, others: number): Piece {
  const kept: string[] = [];
  const keptOrigins: Span[] = [];
  let start = 0;
  while (start < chars.length) {
    const char = chars[start] ?? "";
    let end = start + 1;
    while (chars[end] === char) end += 1;
    const run = end - start;
    const most = run >= STRETCHED && isLetter(char) ? (VOWELS.has(char) ? vowels : others) : run;
    for (let place = start; place < start + most - 1; place += 1) {
      kept.push(char);
      keptOrigins.push(at(origins, place));
    }
    kept.push(char);
    keptOrigins.push({ start: at(origins, start + most - 1).start, end: at(origins, end - 1).end });
    start = end;
  }
  return { chars: kept, origins: keptOrigins };
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
