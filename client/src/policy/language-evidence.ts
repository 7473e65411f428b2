/**
 * The evidence of words for languages, from their script and their n-grams of bytes. The same algorithm as
 * `shared/policy/language_evidence.py`; both read `shared/policy/language_table.json`.
 */

/** The file of the table. */
export interface LanguageTable {
  base: number;
  step: number;
  /** Script → letter of the table → language. */
  languages: Record<string, Record<string, string>>;
  /** First and last code point of a range, and its language or script. */
  scripts: [first: number, last: number, code: string][];
  /** N-gram of bytes → letter and score of each language. */
  ngrams: Record<string, string>;
}

/**
 * A run of letters of one script, in lower case, with its place in UTF-16 units. `doubtful`: it is no evidence against
 * English, because it may be a name, or a part of a disguised word.
 */
export interface Word {
  start: number;
  end: number;
  text: string;
  script: string;
  doubtful: boolean;
}

const [ONLY_LANGUAGE, ONE_OF_SEVERAL, NONE_OF_THEM] = [70, 50, 60];
const LONGEST_WORD_BYTES = 70;
/** Most words are repeated, and a text is read again after each keystroke. */
const REMEMBERED_WORDS = 10_000;
const ASCII = /^[!-~]*$/u;
const LOWER_CASE = /[a-z]/u;
const DIGIT = /[0-9@$]/u;
const BESIDE_LATIN = new Set(["Hani", "ja", "ko", "th", "lo", "km", "my", "bo", "zh"]);
const APOSTROPHE = /[\u2019\u02bc]/gu;

export const ENGLISH = "en";
export const LATIN = "Latn";
export const SHORT_ENGLISH_RUN = 350;
const [ENGLISH_RUN, FEWEST_WORDS, SCATTERED_ENGLISH] = [250, 3, 500];
/** Catalan and Uzbek write words with such marks. */
const SPACE_OR_MARK = /[ \t\n\r\u00a0\u3000\u00b7\u2018\u02bb]/u;

/** The first and the last of some words. */
type Run = readonly [first: number, last: number];

export class LanguageEvidence {
  readonly #table: LanguageTable;
  readonly #word: RegExp;
  readonly #names = new Map<string, string>();
  readonly #ranks = new Map<string, number>();
  readonly #scoresOfWord = new Map<string, ReadonlyMap<string, number>>();
  readonly #encoder = new TextEncoder();

  constructor(table: LanguageTable) {
    this.#table = table;
    const classes = new Map<string, string>();
    for (const [first, last, code] of table.scripts) {
      classes.set(code, `${classes.get(code) ?? ""}\\u{${first.toString(16)}}-\\u{${last.toString(16)}}`);
    }
    const latin = classes.get("Latn");
    classes.delete("Latn");
    const others = Array.from(classes.values(), (letters) => `[${letters}]+`);
    this.#word = new RegExp([`[${latin}]+(?:['\\u2019\\u02bc][${latin}]+)*`, ...others].join("|"), "gu");
    for (const letters of Object.values(table.languages)) {
      for (const [rank, [letter, name]] of Object.entries(letters).entries()) {
        this.#names.set(letter, name);
        this.#ranks.set(name, rank);
      }
    }
  }

  /** Returns the words of a text. `han` is the language of its Han characters. */
  words(text: string, han: string): Word[] {
    const found: Word[] = [];
    const shouted = !LOWER_CASE.test(text);
    for (const { 0: match, index } of text.matchAll(this.#word)) {
      const lower = match.toLowerCase();
      const script = this.#codeOf(match.codePointAt(0) ?? 0);
      const [start, end] = [index, index + match.length];
      const isName = found.length > 0 && !shouted && firstOf(lower) !== firstOf(match) && ASCII.test(lower);
      let isPart = DIGIT.test(text.slice(Math.max(index - 1, 0), index + match.length + 1));
      const last = found.at(-1);
      const isNext = last?.end === start && !BESIDE_LATIN.has(last.script) && !BESIDE_LATIN.has(script);
      const isLatin = last?.script === LATIN && script === LATIN;
      if (last && (isNext || (isLatin && isInside(text.slice(last.end, start))))) {
        last.doubtful = true;
        isPart = true;
      }
      const word = lower.normalize("NFC").replace(APOSTROPHE, "'");
      found.push({ start, end, text: word, script, doubtful: isName || isPart });
    }
    for (const word of found) if (word.script === "Hani") word.script = han;
    return found;
  }

  /** Returns the number of Latin letters that a letter of this script is as certain as. */
  weight(script: string): number {
    if (script === LATIN) return 1;
    return this.#table.languages[script] ? 3 : 4;
  }

  /** Returns the place of a language among those of its script, the most used first. */
  rank(language: string): number {
    return this.#ranks.get(language) ?? 0;
  }

  /** Returns the evidence for each language. A word that is repeated is no further evidence. */
  scores(words: readonly Word[]): Map<string, number> {
    const totals = new Map<string, number>();
    const seen = new Set<string>();
    for (const word of words) {
      const key = `${word.script} ${word.text}`;
      if (seen.has(key)) continue;
      seen.add(key);
      for (const [language, score] of this.wordScores(word)) add(totals, language, score);
    }
    return totals;
  }

  /** Returns the first and last word of the run with the most evidence for English over this language, if enough. */
  englishRun(words: readonly Word[], language: string, least = ENGLISH_RUN): Run | null {
    let [best, first, last, total, start] = [0, 0, 0, 0, 0];
    for (const [index, word] of words.entries()) {
      const scores = this.wordScores(word);
      total += (scores.get(ENGLISH) ?? 0) - (scores.get(language) ?? 0);
      const isNext = total === best && best > 0 && last === index - 1 && !scores.has(language);
      if (total < 0 || word.script !== LATIN) [total, start] = [0, index + 1];
      else if (total > best || isNext) [best, first, last] = [total, start, index];
    }
    const enough = last - first + 1 < FEWEST_WORDS ? Math.max(least, SHORT_ENGLISH_RUN) : least;
    return best >= enough ? [first, last] : null;
  }

  /** Returns the first and last word of every run of English words in a passage in another language. */
  englishRuns(words: readonly Word[], language: string): Run[] {
    const isLatin = words.map(({ script }) => script === LATIN);
    const found = this.scores(words.filter(({ doubtful }, index) => isLatin[index] && !doubtful));
    const isMixed = isLatin.includes(false);
    if (isMixed && (found.get(ENGLISH) ?? 0) - (found.get(language) ?? 0) >= SCATTERED_ENGLISH) {
      const places = Array.from(words.keys()).filter((index) => isLatin[index]);
      const ends = places.filter((index) => !isLatin[index + 1]);
      return places.filter((index) => !isLatin[index - 1]).map((first, run) => [first, ends[run] ?? first]);
    }
    const runs: Run[] = [];
    let at = 0;
    for (let run = this.englishRun(words, language); run; run = this.englishRun(words.slice(at), language)) {
      runs.push([at + run[0], at + run[1]]);
      at += run[1] + 1;
    }
    return runs;
  }

  /** Returns the evidence of a word for each language of its script. */
  wordScores({ text, script }: Word): ReadonlyMap<string, number> {
    const key = `${script} ${text}`;
    const known = this.#scoresOfWord.get(key);
    if (known) return known;
    const found = this.#wordScoresUncached(text, script);
    if (this.#scoresOfWord.size >= REMEMBERED_WORDS) this.#scoresOfWord.clear();
    this.#scoresOfWord.set(key, found);
    return found;
  }

  #wordScoresUncached(text: string, script: string): Map<string, number> {
    const scores = new Map<string, number>();
    const length = Array.from(text).length;
    if (script === LATIN && length === 1) return scores;
    const shared = this.#table.languages[script];
    if (!shared) return length > 1 ? scores.set(script, ONLY_LANGUAGE * length) : scores;
    if (script !== LATIN && length > 1) {
      for (const language of Object.values(shared)) scores.set(language, ONE_OF_SEVERAL * length);
      scores.set(`und-${script}`, NONE_OF_THEM * length);
    }
    for (const gram of this.#grams(text)) {
      const entry = this.#table.ngrams[gram] ?? "";
      for (let at = 0; at < entry.length; at += 2) {
        const score = this.#table.base + this.#table.step * Number.parseInt(entry.charAt(at + 1), 36);
        add(scores, this.#names.get(entry.charAt(at)) ?? "", score);
      }
    }
    return scores;
  }

  #grams(word: string): Set<string> {
    const encoded = Array.from(this.#encoder.encode(word), (byte) => String.fromCharCode(byte)).join("");
    const length = Math.min(encoded.length, LONGEST_WORD_BYTES);
    const found = new Set<string>();
    for (let at = 0; at < length - 4; at += 3) found.add((at === 0 ? " " : "") + encoded.slice(at, at + 4));
    return found.add(`${length < 5 ? " " : ""}${encoded.slice(Math.max(length - 4, 0))} `);
  }

  #codeOf(point: number): string {
    const { scripts } = this.#table;
    let [low, high] = [0, scripts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((scripts[middle]?.[0] ?? 0) <= point) low = middle + 1;
      else high = middle;
    }
    return scripts[low - 1]?.[2] ?? "";
  }
}

function firstOf(text: string): string {
  return String.fromCodePoint(text.codePointAt(0) ?? 0);
}

function add(totals: Map<string, number>, name: string, score: number): void {
  totals.set(name, (totals.get(name) ?? 0) + score);
}

/** Returns whether signs without white space stand between two words: `wo.rds` is no two words. */
function isInside(between: string): boolean {
  return between !== "" && !SPACE_OR_MARK.test(between);
}
