/**
 * Splits texts into the words that search compares. `services/embeddings/search_words.py` is the same algorithm and
 * describes it; the vectors in `tests/contract/search-words.json` keep the two equal.
 */

/** Scripts without spaces between words, and Hangul, where particles are written onto a word. */
const HAN_AND_HANGUL = "\\u3005-\\u3007\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7a3\\u{20000}-\\u{323af}";
const UNSPACED = `${HAN_AND_HANGUL}\\u3031-\\u3035\\u303b\\u303c\\u3041-\\u3096\\u3099\\u309a\\u309d-\\u309f\\u30a1-\\u30fa\\u30fc-\\u30ff\\u3105-\\u312f\\u31f0-\\u31ff\\u1100-\\u11ff\\u0e01-\\u0e3a\\u0e40-\\u0e4e\\u0e81-\\u0edf\\u1000-\\u109f\\uaa60-\\uaa7f\\u1780-\\u17df`;
/** Zero of every other script's digits. */
const ZEROS =
  "\u0660\u06f0\u07c0\u0966\u09e6\u0a66\u0ae6\u0b66\u0be6\u0c66\u0ce6\u0d66\u0e50\u0ed0\u0f20\u1040\u17e0";
/** Invisible characters, accents, points of Hebrew and Arabic, nuktas, tatweel, and the dot between katakana words. */
const DROPPED = new RegExp(
  "[\\u00ad\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufe00-\\ufe0f\\ufeff\\u{e0000}-\\u{e0fff}" +
    "\\u0300-\\u036f\\u0483-\\u0489\\u1ab0-\\u1aff\\u1dc0-\\u1dff\\u20d0-\\u20ff\\ufe20-\\ufe2f" +
    "\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7\\u0610-\\u061a\\u061c\\u0640\\u064b-\\u065f\\u0670" +
    "\\u06d6-\\u06dc\\u06df-\\u06e4\\u06e7\\u06e8\\u06ea-\\u06ed\\u093c\\u09bc\\u0a3c\\u0abc\\u0b3c\\u0cbc\\u30fb]",
  "gu",
);
const LETTERS: ReadonlyMap<string, string> = new Map([
  ...Object.entries({ ß: "ss", æ: "ae", œ: "oe", ø: "o", đ: "d", ð: "d", þ: "th", ł: "l", ħ: "h", ı: "i" }),
  ...Object.entries({ ς: "σ", ٱ: "ا", ى: "ي", ی: "ي", ک: "ك", ة: "ه", ہ: "ه", ھ: "ه" }),
  ...Array.from(ZEROS).flatMap((zero) =>
    Array.from({ length: 10 }, (_, digit): [string, string] => [
      String.fromCodePoint((zero.codePointAt(0) ?? 0) + digit),
      `${digit}`,
    ]),
  ),
]);
const LETTER_VARIANTS = new RegExp(`[${[...LETTERS.keys()].join("")}]`, "gu");
const UMLAUTS: Readonly<Record<string, string>> = { ä: "ae", ö: "oe", ü: "ue", Ä: "ae", Ö: "oe", Ü: "ue" };
/** No word, so that no phrase goes on from one list of words to the next. */
const SEPARATOR = "\n";

/** Anything else than ASCII. After folding, English has nothing of it. */
export const OTHER_SCRIPT = /\P{ASCII}/u;
const ASCII_WORD = /[a-z0-9]+/g;
const WORD = /[\p{L}\p{N}\p{M}]+/gu;
const RUN = new RegExp(`[${UNSPACED}][${UNSPACED}\\p{M}]*|[^${UNSPACED}]+`, "gu");
const IS_UNSPACED = new RegExp(`[${UNSPACED}]`, "u");
const STARTS_UNSPACED = new RegExp(`^[${UNSPACED}]`, "u");
const LETTER = new RegExp(`^[${UNSPACED}]\\p{M}*$`, "u");
const CHARACTER = /.\p{M}*/gu;
const EVERY_HAN_OR_HANGUL = new RegExp(`[${HAN_AND_HANGUL}]`, "gu");
const IS_HAN_OR_HANGUL = new RegExp(`^[${HAN_AND_HANGUL}]$`, "u");
const MANY_MARKS = /(\p{M}{32})\p{M}+/gu;
/** A word of this many letters may be a compound. Parts have at least 4 letters, and what is left has at least 3. */
const SHORTEST_COMPOUND = 10;
const LONGEST_COMPOUND = 40;
const PART = 4;
const REST = 3;
/** Words that Arabic and Hebrew write onto the next one: and, the, in, to, like, from, that. */
const WRITTEN_ON =
  /^(?:(?:[وف]?(?:[بك]?ال|لل)|[وفبكل])(?=[\u0621-\u064a]{3})|[ושהבלכמ](?=[\u05d0-\u05ea]{3}))/u;

/** A phrase in its spellings, each a row of words. */
export type Phrase = readonly (readonly string[])[];

/** The plain form of a text, without case, accents and variants of letters. */
export function fold(text: string): string {
  if (!OTHER_SCRIPT.test(text)) return text.toLowerCase();
  const decomposed = text.replace(MANY_MARKS, "$1").normalize("NFKD");
  const letters = decomposed.replaceAll("и\u0306", "й").replaceAll("И\u0306", "Й");
  const lower = letters.replace(DROPPED, "").toLowerCase();
  return lower.replace(LETTER_VARIANTS, (letter) => LETTERS.get(letter) ?? letter).normalize("NFC");
}

/** The words in their order; of an unspaced script, each pair of neighbouring characters. */
export function wordsOf(text: string): string[] {
  if (!OTHER_SCRIPT.test(text)) return text.toLowerCase().match(ASCII_WORD) ?? [];
  return runsOf(text).flatMap(wordsOfRun);
}

/** The words of every spelling in their order, and the single characters, with separators between them. */
export function searchedWords(text: string): string[] {
  const lists = [...spellings(text).map(wordsOf), charactersOf(text)].filter((words) => words.length > 0);
  return lists.flatMap((words, at) => (at === 0 ? words : [SEPARATOR, ...words]));
}

/** The phrases that a text must all contain to match the query word for word. */
export function literalPhrases(query: string, quoted = false): Phrase[] {
  const parts = !quoted && IS_UNSPACED.test(fold(query)) ? query.trim().split(/\s+/u) : [query];
  const phrases = parts.flatMap(spelledPhrases);
  // A single letter of kana or Thai is a particle: in a text it is stored in pairs with its neighbours.
  const words = phrases.filter((phrase) => !isSingleLetter(phrase));
  return words.length > 0 ? words : phrases;
}

/** Whether the words of a text, as `searchedWords` gives them, contain all phrases of a query. */
export function containsAll(words: readonly string[], phrases: readonly Phrase[]): boolean {
  return phrases.every((phrase) => phrase.some((spelling) => containsRow(words, spelling)));
}

/** The beginnings and ends of a long word, which may be a compound, or a word without what it begins with. */
export function partsOf(word: string): string[] {
  if (STARTS_UNSPACED.test(word)) return [];
  const writtenOn = WRITTEN_ON.exec(word);
  if (writtenOn) return [word.slice(writtenOn[0].length)];
  const letters = Array.from(word);
  if (letters.length < SHORTEST_COMPOUND || letters.length > LONGEST_COMPOUND) return [];
  const lengths = Array.from({ length: letters.length - REST - PART + 1 }, (_, more) => PART + more);
  const beginnings = lengths.map((length) => letters.slice(0, length).join(""));
  return [...new Set([...beginnings, ...lengths.map((length) => letters.slice(-length).join(""))])];
}

/** Whether a word may have parts: long words, and those of Arabic and Hebrew. */
export function mayHaveParts(word: string): boolean {
  return word.length >= SHORTEST_COMPOUND || WRITTEN_ON.test(word);
}

/** Whether `partsOf` a word contains the part. */
export function isPartOf(part: string, word: string): boolean {
  return part !== word && (word.endsWith(part) || word.startsWith(part)) && partsOf(word).includes(part);
}

function spellings(text: string): string[] {
  if (!OTHER_SCRIPT.test(text)) return [text];
  const composed = text.normalize("NFC");
  const spelled = composed.replace(/[äöüÄÖÜ]/gu, (letter) => UMLAUTS[letter] ?? letter);
  return spelled === composed ? [text] : [text, spelled];
}

function charactersOf(text: string): string[] {
  if (!OTHER_SCRIPT.test(text)) return [];
  const characters = [...new Set(fold(text).match(EVERY_HAN_OR_HANGUL))];
  return characters.sort((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0));
}

function runsOf(text: string): string[] {
  return (fold(text).match(WORD) ?? []).flatMap((word) => word.match(RUN) ?? []);
}

function wordsOfRun(run: string): string[] {
  if (!STARTS_UNSPACED.test(run)) return [run];
  const characters = run.match(CHARACTER) ?? [];
  const pairs = characters.slice(1).map((second, at) => `${characters[at]}${second}`);
  return pairs.length > 0 ? pairs : characters;
}

function spelledPhrases(text: string): Phrase[] {
  const [first = [], ...others] = spellings(text).map(phrasesOf);
  return first.map((phrase, at) => {
    const all = [phrase, ...others.map((phrases) => phrases[at] ?? phrase)];
    return all.filter((spelling, i) => all.findIndex((one) => one.join() === spelling.join()) === i);
  });
}

/** The words as one phrase. A single character among other words is a phrase of its own. */
function phrasesOf(text: string): string[][] {
  const runs = runsOf(text);
  const phrases: string[][] = [[]];
  for (const run of runs) {
    if (runs.length > 1 && IS_HAN_OR_HANGUL.test(run)) phrases.push([run], []);
    else phrases.at(-1)?.push(...wordsOfRun(run));
  }
  return phrases.filter((phrase) => phrase.length > 0);
}

function isSingleLetter([first]: Phrase): boolean {
  const [word = "", ...others] = first ?? [];
  return others.length === 0 && LETTER.test(word) && !IS_HAN_OR_HANGUL.test(word);
}

function containsRow(words: readonly string[], row: readonly string[]): boolean {
  return words.some((_, at) => row.every((word, i) => words[at + i] === word));
}
