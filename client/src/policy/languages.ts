import { pointCounter } from "./code-points";
import { forms } from "./disguises";
import {
  ENGLISH,
  LATIN,
  LanguageEvidence,
  type LanguageTable,
  SHORT_ENGLISH_RUN,
  type Word,
} from "./language-evidence";
import { normalize } from "./normalize";

/**
 * Detects the language of each passage of a text. The same algorithm as `shared/policy/languages.py`, which explains
 * each step.
 */

export { ENGLISH };

/** A passage, in code points of the text. `language` (BCP 47) is null unless it is certain. */
export interface Passage {
  start: number;
  end: number;
  language: string | null;
}

/** `words` are those of the part, with their places in it. */
interface Evidence {
  words: Word[];
  others: Map<string, number>;
  english: number;
  restored: Word[][];
}

interface Certainty {
  margin: number;
  ratio: number;
}

const ALONE: Certainty = { margin: 100, ratio: 1 };
const BESIDE_ENGLISH: Certainty = { margin: 400, ratio: 2.5 };
const CLOSE = 0.97;
const CONTEXT_MARGIN = 100;
const FEWEST_LETTERS = 20;
const FEWEST_SURE_LETTERS = 16;
const LONGEST_SENTENCE = 300;
const LONGEST_WORD = 15;
/** The sentences of a few long texts. */
const REMEMBERED_PARTS = 1000;
const ADDRESS =
  /(?:https?:\/\/|www\.)[^ \t\n\r]+|[^ \t\n\r@]{1,64}@[^ \t\n\r@]{1,200}\.[a-zA-Z]{2,}|[@#][A-Za-z0-9_]+/gu;
const SENTENCE_END =
  /[.!?\u2026\u061f\u06d4\u0964]{1,9}["'\u201d\u2019\u00bb)\]]{0,3}(?=[ \t])|[\u3002\uff01\uff1f]+[\u300d\u300f]?|\n+/gu;
const CHARACTER = /./gsu;
const KANA = /[\u3041-\u309f\u30a1-\u30fa]{2}/u;

export class LanguageDetector {
  readonly #evidenceOf: LanguageEvidence;
  readonly #remembered = new Map<string, Evidence>();

  constructor(table: LanguageTable) {
    this.#evidenceOf = new LanguageEvidence(table);
  }

  /** Returns the passages of a text, which cover it without gaps, with the language of each. */
  passages(text: string): Passage[] {
    const masked = text.replace(ADDRESS, (address) => address.replace(CHARACTER, blank));
    const han = KANA.test(masked) ? "ja" : "zh";
    let found = sentences(masked).flatMap(([start, end]) => this.#passagesOf(masked, start, end, han));
    if (found.every(({ language }) => language === null)) {
      const language = this.#certain(this.#evidence(masked, 0, masked.length, han), ALONE);
      found = found.flatMap(({ start, end }) => this.#inLanguage(masked, { start, end, language }, han));
    } else {
      const partlyEnglish = found.some(({ language }) => language === ENGLISH);
      if (partlyEnglish) found = this.#withoutDoubtful(masked, found, han);
      found = this.#withContext(masked, found, han);
    }
    const pointAt = pointCounter(text);
    return found.map(({ start, end, language }) => ({ start: pointAt(start), end: pointAt(end), language }));
  }

  #passagesOf(text: string, start: number, end: number, han: string): Passage[] {
    const language = this.#certain(this.#evidence(text, start, end, han), ALONE);
    return this.#inLanguage(text, { start, end, language }, han);
  }

  /** Returns a part in this language; one in another language without the English words in it, plain or disguised. */
  #inLanguage(text: string, part: Passage, han: string): Passage[] {
    if (!isForeign(part)) return [part];
    const found = this.#withoutEnglish(part, this.#evidence(text, part.start, part.end, han).words);
    return found.map((passage) => {
      if (!isForeign(passage)) return passage;
      const { restored } = this.#evidence(text, passage.start, passage.end, han);
      const isDisguised = restored.some((form) =>
        this.#evidenceOf.englishRun(form, part.language ?? "", SHORT_ENGLISH_RUN),
      );
      return isDisguised ? { ...passage, language: null } : passage;
    });
  }

  #withoutDoubtful(text: string, found: readonly Passage[], han: string): Passage[] {
    const result: Passage[] = [];
    let run: Passage[] = [];
    const finish = () => {
      const [first, last] = [run[0], run.at(-1)];
      if (first && last) {
        const language = this.#certain(this.#evidence(text, first.start, last.end, han), BESIDE_ENGLISH);
        const certain = language !== null && language !== ENGLISH;
        result.push(...(certain ? run : run.map((passage) => ({ ...passage, language: null }))));
      }
      run = [];
    };
    for (const passage of found) {
      if (isForeign(passage)) run.push(passage);
      else {
        finish();
        result.push(passage);
      }
    }
    finish();
    return result;
  }

  #withContext(text: string, found: readonly Passage[], han: string): Passage[] {
    const firstKnown = found.find(({ language }) => language !== null);
    let neighbour = firstKnown;
    return found.flatMap((passage) => {
      if (passage.language !== null) {
        neighbour = passage;
        return passage;
      }
      if (!neighbour || !isForeign(neighbour)) return passage;
      if (forms(normalize(text.slice(passage.start, passage.end))).length > 1) return passage;
      const { others, english } = this.#evidence(text, passage.start, passage.end, han);
      const fits = english <= (others.get(neighbour.language ?? "") ?? 0) + CONTEXT_MARGIN;
      return fits ? this.#inLanguage(text, { ...passage, language: neighbour.language }, han) : passage;
    });
  }

  /** Returns the evidence of a part. Parts are remembered: a keystroke changes one sentence. */
  #evidence(text: string, start: number, end: number, han: string): Evidence {
    const part = text.slice(start, end);
    const key = `${han} ${part}`;
    const known = this.#remembered.get(key);
    if (known) return known;
    const found = this.#evidenceOfPart(part, han);
    if (this.#remembered.size >= REMEMBERED_PARTS) this.#remembered.clear();
    this.#remembered.set(key, found);
    return found;
  }

  #evidenceOfPart(part: string, han: string): Evidence {
    const words = this.#evidenceOf.words(part, han);
    const others = this.#evidenceOf.scores(words.filter(({ doubtful }) => !doubtful));
    others.delete(ENGLISH);
    let english = this.#evidenceOf.scores(words).get(ENGLISH) ?? 0;
    if (Math.max(0, ...others.values()) <= english) return { words, others, english, restored: [] };
    const restored = forms(normalize(part)).map((form) => this.#evidenceOf.words(form.text, han));
    english = Math.max(english, ...restored.map((form) => this.#evidenceOf.scores(form).get(ENGLISH) ?? 0));
    return { words, others, english, restored: restored.slice(1) };
  }

  /** Returns the language if it is certain. */
  #certain({ words, others, english }: Evidence, { margin, ratio }: Certainty): string | null {
    const best = Math.max(0, ...others.values());
    if (best > english + margin && best > ratio * english && this.#isLong(words)) {
      const close = Array.from(others).flatMap(([name, score]) => (score >= CLOSE * best ? [name] : []));
      close.sort((a, b) => this.#evidenceOf.rank(a) - this.#evidenceOf.rank(b) || (a < b ? -1 : 1));
      return close[0] ?? null;
    }
    return english > best + margin && english > ratio * best ? ENGLISH : null;
  }

  /** True if there are enough letters for certainty. */
  #isLong(words: readonly Word[]): boolean {
    let [letters, sure] = [0, 0];
    for (const { text, script, doubtful } of words) {
      const length = Array.from(text).length;
      const count =
        script === LATIN ? Math.min(length, LONGEST_WORD) : length * this.#evidenceOf.weight(script);
      letters += count;
      if (!doubtful) sure += count;
    }
    return letters >= FEWEST_LETTERS && sure >= FEWEST_SURE_LETTERS;
  }

  /** Returns a passage in another language, and the English words in it as passages of their own. */
  #withoutEnglish({ start: from, end, language }: Passage, words: readonly Word[]): Passage[] {
    const found: Passage[] = [];
    let [start, last] = [from, -1];
    for (const run of this.#evidenceOf.englishRuns(words, language ?? "")) {
      // Places of words count from the start of the part.
      const [first, next] = [from + (words[run[0]]?.start ?? 0), from + (words[run[1]]?.end ?? 0)];
      if (run[0] > 0 && start < first) {
        found.push({ start, end: first, language });
        start = first;
      }
      found.push({ start, end: next, language: ENGLISH });
      [start, last] = [next, run[1]];
    }
    const rest = last < words.length - 1 || last < 0 ? language : null;
    if (start < end) found.push({ start, end, language: rest });
    return found;
  }
}

/** Returns true for a passage that is certainly in a language other than English. */
export function isForeign({ language }: Passage): boolean {
  return language !== null && language !== ENGLISH;
}

/** Returns a character without letters, of the same length in UTF-16 units and code points. */
function blank(char: string): string {
  return char.length > 1 ? "\u{1f310}" : " ";
}

/** Returns the sentences of a text. Longer ones are divided, by code points, as Python counts. */
function sentences(text: string): [start: number, end: number][] {
  const ends = Array.from(text.matchAll(SENTENCE_END), ({ 0: match, index }) => index + match.length);
  const found: [number, number][] = [];
  let at = 0;
  for (const end of [...ends, text.length]) {
    for (const length of end - at > LONGEST_SENTENCE ? divided(text.slice(at, end)) : [end - at]) {
      if (length > 0) found.push([at, at + length]);
      at += length;
    }
  }
  return found;
}

function divided(sentence: string): number[] {
  const chars = Array.from(sentence);
  const lengths: number[] = [];
  let at = 0;
  while (chars.length - at > LONGEST_SENTENCE) {
    const space = chars.lastIndexOf(" ", at + LONGEST_SENTENCE - 1);
    const cut = space <= at ? at + LONGEST_SENTENCE : space;
    lengths.push(chars.slice(at, cut).join("").length);
    at = cut;
  }
  return [...lengths, chars.slice(at).join("").length];
}
