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
      if (last?.end === start && !BESIDE_LATIN.has(last.script) && !BESIDE_LATIN.has(script)) {
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
    if (script === "Latn") return 1;
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
    if (script === "Latn" && length === 1) return scores;
    const shared = this.#table.languages[script];
    if (!shared) return length > 1 ? scores.set(script, ONLY_LANGUAGE * length) : scores;
    if (script !== "Latn" && length > 1) {
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
