import { pointCounter } from "./code-points";
import { restored } from "./disguises";
import type { Span } from "./normalize";

/**
 * The windows of a text, which a model reads one at a time. The same algorithm as `shared/policy/windows.py`, which
 * explains each step.
 */

export const MOST_COST = 200;
const PIECE = MOST_COST / 2;
const SHORTEST_SENTENCE = 24;

const SPACES = " \\t\\n\\r\\f\\v\\u00a0\\u2028\\u2029\\u3000";
const BOUND = new RegExp(
  `(?<![.!?\\u2026])[.!?\\u2026]+["'\\u2019\\u201d)\\]}\\u00bb*_]*[${SPACES}]+` +
    `|[\\u3002\\uff01\\uff1f\\uff61\\u0964\\u0965\\u061f\\u06d4]+["'\\u2019\\u201d)\\u300d\\u300f\\uff09]*[${SPACES}]*` +
    `|[\\n\\r\\u2028\\u2029][${SPACES}]*` +
    `|"[ \\t]*[:,}\\]][${SPACES}]*`,
  "gu",
);
const WRAPPING: readonly [RegExp, string][] = [
  [/(?:^|\n)[ \t]*(?:```|~~~)[^\n]*/gu, ""],
  [/(^|\n)[ \t]*(?:>[ \t]?)+/gu, "$1"],
  [/<\/?[A-Za-z!][^<>\n]{0,100}>/gu, " "],
  [/(?:"[ \t\n]*,|[{[,])?[ \t\n]*"[A-Za-z0-9_ -]{1,40}"[ \t]*:[ \t]*"?/gu, " "],
  [/"[ \t\n]*(?:[,}\]][ \t\n]*)+/gu, " "],
  [/\[([^[\]\n]{20,200})\]\([^()\n]{0,300}\)/gu, "$1"],
  [/\[[^[\]\n]{3,200}\](?![([:])/gu, " "],
];
const SPACE = new RegExp(`[${SPACES}]`, "u");
const EDGES = new RegExp(`^[${SPACES}]+|[${SPACES}]+$`, "gu");
const LONG_WORD = new RegExp(`[^${SPACES}]{80}(?=[^${SPACES}])`, "gu");

/** A passage of a text: its place in code points, and the texts that the model reads, first as written. */
export interface Window {
  start: number;
  end: number;
  forms: string[];
}

/** Start and end in code points. */
export type Place = readonly [start: number, end: number];

/** Returns the windows of title, blank line and body by start, the longer first. */
export function windows(title: string, body: string): Window[] {
  const text = title && body ? `${title}\n\n${body}` : title || body;
  const chars = Array.from(text);
  const costs = runningCosts(chars);
  const places = passages(placesUpTo(sentenceEnds(text, chars, costs)), costs, MOST_COST);
  const titleEnd = Array.from(title).length;
  if (title && costAt(costs, titleEnd) <= MOST_COST) places.push([0, titleEnd]);
  places.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  const before = known;
  known = new Map();
  return places
    .filter(([start, end], i) => start !== places[i - 1]?.[0] || end !== places[i - 1]?.[1])
    .map(([start, end]) => {
      const passage = chars.slice(start, end).join("");
      const forms = before.get(passage) ?? formsOf(passage);
      known.set(passage, forms);
      return { start, end, forms };
    });
}

/** The forms of the last text's passages: a keystroke changes two or three of hundreds. */
let known: Map<string, string[]> = new Map();

/** Returns the parts of a text for a reader of longer texts, none costlier than `most`; at least one. */
export function parts(text: string, most: number): Span[] {
  const chars = Array.from(text);
  const costs = runningCosts(chars);
  const found = passages(placesUpTo(sentenceEnds(text, chars, costs)), costs, most);
  return found.length > 0 ? found.map(([start, end]) => ({ start, end })) : [{ start: 0, end: 0 }];
}

/** A score of an answer in its context counts if it is this many times that of the context alone. */
export const IN_CONTEXT = 2;

/** A short answer with the beginning of what it answers, and that beginning alone, as a model reads them. */
export interface Context {
  together: string;
  alone: string;
}

/** Returns the context of a short answer; null for a longer one, and for what answers nothing. */
export function inContext(answered: string, body: string): Context | null {
  const [whole, answer] = [answered.replace(EDGES, ""), body.replace(EDGES, "")];
  const chars = Array.from(whole);
  const costs = runningCosts(chars);
  if (!whole || !answer || (runningCosts(Array.from(answer)).at(-1) ?? 0) > PIECE) return null;
  let end = chars.length;
  if (costAt(costs, end) > PIECE) {
    while (costAt(costs, end) > PIECE) end -= 1;
    end = cut(chars, 0, end);
  }
  const beginning = chars.slice(0, end).join("").replace(EDGES, "");
  const plain = (passage: string) => formsOf(passage).at(-1) ?? "";
  return { together: plain(`${beginning}\n\n${answer}`), alone: plain(beginning) };
}

/** Returns the cost of the first 0, 1, 2 … characters. */
function runningCosts(chars: readonly string[]): number[] {
  let sum = 0;
  return [0, ...chars.map((char) => (sum += cost(char)))];
}

function cost(char: string): number {
  if ((char >= "a" && char <= "z") || (char >= "A" && char <= "Z") || SPACE.test(char)) return 1;
  return char >= "\uac00" && char <= "\ud7a3" ? 4 : 2;
}

function sentenceEnds(text: string, chars: readonly string[], costs: readonly number[]): number[] {
  const pointAt = pointCounter(text);
  const bounds = Array.from(text.matchAll(BOUND), ({ 0: match, index }) => pointAt(index + match.length));
  if (bounds.at(-1) !== chars.length) bounds.push(chars.length);
  const ends: number[] = [];
  let start = 0;
  for (const bound of bounds) {
    while (costAt(costs, bound) - costAt(costs, start) > MOST_COST) {
      let end = start;
      while (costAt(costs, end + 1) - costAt(costs, start) <= PIECE) end += 1;
      start = cut(chars, start, end);
      ends.push(start);
    }
    if (bound - start >= SHORTEST_SENTENCE || (bound === chars.length && bound > start)) {
      start = bound;
      ends.push(start);
    }
  }
  return ends;
}

function cut(chars: readonly string[], start: number, end: number): number {
  for (let place = end; place > Math.floor((start + end) / 2); place -= 1) {
    if (SPACE.test(chars[place - 1] ?? "")) return place;
  }
  return end;
}

function passages(sentences: readonly Place[], costs: readonly number[], most: number): Place[] {
  const fits = (from: number, to: number) =>
    costAt(costs, sentences[to]?.[1] ?? 0) - costAt(costs, sentences[from]?.[0] ?? 0) <= most;
  const found: Place[] = [];
  let first = 0;
  while (first < sentences.length) {
    let last = first;
    while (last + 1 < sentences.length && fits(first, last + 1)) last += 1;
    found.push([sentences[first]?.[0] ?? 0, sentences[last]?.[1] ?? 0]);
    if (last + 1 === sentences.length) break;
    first = last > first && fits(last, last + 1) ? last : last + 1;
  }
  return found;
}

function placesUpTo(ends: readonly number[]): Place[] {
  return ends.map((end, i) => [ends[i - 1] ?? 0, end]);
}

function costAt(costs: readonly number[], place: number): number {
  return costs[place] ?? Number.POSITIVE_INFINITY;
}

function formsOf(passage: string): string[] {
  const written = passage.replace(EDGES, "");
  if (!written) return [];
  const bare = unwrapped(written);
  const plain = restored(bare) ?? bare;
  return (plain === written ? [written] : [written, plain]).map((form) => form.replace(LONG_WORD, "$& "));
}

function unwrapped(written: string): string {
  const bare = WRAPPING.reduce((text, [pattern, by]) => text.replace(pattern, by), written);
  return bare.replace(EDGES, "") || written;
}
