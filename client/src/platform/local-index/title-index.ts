import {
  containsAll,
  isPartOf,
  literalPhrases,
  mayHaveParts,
  OTHER_SCRIPT,
  type Phrase,
  searchedWords,
  wordsOf,
} from "./search-words";
import type { IndexedPost } from "./snapshot";

/** Usual values of BM25: Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009. */
const K1 = 1.2;
const B = 0.75;
/** Weight of a word that only starts with the typed word. */
const PREFIX_WEIGHT = 0.6;
/** Weight of a part of a compound, of a character of a pair and of a second spelling. */
const PART_WEIGHT = 0.4;
/** Bounds the work for short prefixes, which thousands of words share. */
const MAX_PREFIX_TERMS = 60;
const MIN_PREFIX_LENGTH = 2;

/** Words that are too common to search by. The server ignores such words, too. */
const STOP_WORDS = new Set(
  `a about an and any are as at be but by can did do does for from had has have how i if in into is it its my no not of
  on or so than that the their them then there they this to too was we were what when where which who why will with you
  your`.split(/\s+/),
);

export interface ScoredRow {
  row: number;
  score: number;
}

/** Full-text index of titles: BM25, with prefix matches for words being typed, and literal matches. */
export class TitleIndex {
  private readonly postings = new Map<string, Map<number, number>>();
  private readonly sortedTerms: readonly string[];
  private readonly compounds: readonly string[];
  private readonly lengths: readonly number[];
  private readonly averageLength: number;

  constructor(private readonly posts: readonly IndexedPost[]) {
    this.lengths = posts.map(({ title, community }, row) => this.add(row, [...wordsOf(title), community]));
    this.averageLength = this.lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, posts.length);
    this.sortedTerms = [...this.postings.keys()].sort();
    this.compounds = this.sortedTerms.filter(mayHaveParts);
    posts.forEach(({ title }, row) => {
      if (OTHER_SCRIPT.test(title)) this.addMore(row, title);
    });
  }

  /** Rows that contain a word of the query, best first. */
  search(query: string, limit: number): ScoredRow[] {
    const scores = new Map<number, number>();
    for (const word of withoutStopWords(wordsOf(query))) {
      for (const [row, score] of this.scoresOfWord(word)) scores.set(row, (scores.get(row) ?? 0) + score);
    }
    const found = Array.from(scores, ([row, score]) => ({ row, score }));
    return found.sort((a, b) => b.score - a.score || a.row - b.row).slice(0, limit);
  }

  /** Rows whose titles contain the query word for word. */
  literal(query: string): Set<number> {
    const phrases = literalPhrases(query);
    const words = phrases.flatMap(([first]) => first ?? []);
    if (words.length === 0 || words.every((word) => STOP_WORDS.has(word))) return new Set();
    const [rarest, ...others] = phrases.map((phrase) => this.rowsWithWords(phrase)).sort(bySize);
    const rows = [...(rarest ?? [])].filter((row) => others.every((found) => found.has(row)));
    return new Set(rows.filter((row) => containsAll(searchedWords(this.posts[row]?.title ?? ""), phrases)));
  }

  /** Rows that contain all words of one spelling, in any order. */
  private rowsWithWords(phrase: Phrase): Set<number> {
    const rows = new Set<number>();
    for (const spelling of phrase) {
      const [rarest, ...others] = spelling
        .map((word) => this.postings.get(word) ?? new Map<number, number>())
        .sort(bySize);
      for (const row of rarest?.keys() ?? []) if (others.every((found) => found.has(row))) rows.add(row);
    }
    return rows;
  }

  /** Adds second spellings and single characters, where the title does not have them as words. */
  private addMore(row: number, title: string): void {
    for (const term of searchedWords(title)) {
      const counts = this.postings.get(term) ?? new Map<number, number>();
      if (!counts.has(row)) this.postings.set(term, counts.set(row, PART_WEIGHT));
    }
  }

  private add(row: number, words: readonly string[]): number {
    for (const word of words) {
      const counts = this.postings.get(word) ?? new Map<number, number>();
      counts.set(row, (counts.get(row) ?? 0) + 1);
      this.postings.set(word, counts);
    }
    return words.length;
  }

  /** Scores of the word or the best word that starts with it: never both, so that no title counts twice. */
  private scoresOfWord(word: string): Map<number, number> {
    const best = new Map<number, number>();
    const keepBest = (term: string, weight: number) => {
      for (const [row, score] of this.scoresOfTerm(term)) {
        best.set(row, Math.max(best.get(row) ?? 0, weight * score));
      }
    };
    for (const term of this.termsStartingWith(word)) keepBest(term, term === word ? 1 : PREFIX_WEIGHT);
    for (const term of this.compounds) if (isPartOf(word, term)) keepBest(term, PART_WEIGHT);
    return best;
  }

  private *termsStartingWith(word: string): Generator<string> {
    if (this.postings.has(word)) yield word;
    if (word.length < MIN_PREFIX_LENGTH) return;
    let at = firstAtLeast(this.sortedTerms, word);
    for (let taken = 0; taken < MAX_PREFIX_TERMS; taken += 1, at += 1) {
      const term = this.sortedTerms[at];
      if (!term?.startsWith(word)) return;
      if (term !== word) yield term;
    }
  }

  private *scoresOfTerm(term: string): Generator<[number, number]> {
    const counts = this.postings.get(term) ?? new Map<number, number>();
    const idf = Math.log(1 + (this.lengths.length - counts.size + 0.5) / (counts.size + 0.5));
    for (const [row, count] of counts) {
      const length = (this.lengths[row] ?? 0) / (this.averageLength || 1);
      yield [row, (idf * count * (K1 + 1)) / (count + K1 * (1 - B + B * length))];
    }
  }
}

/** The words without stop words; all of them if nothing else is left. */
function withoutStopWords(words: readonly string[]): readonly string[] {
  const rest = words.filter((word) => !STOP_WORDS.has(word));
  return rest.length > 0 ? rest : words;
}

function bySize(a: { size: number }, b: { size: number }): number {
  return a.size - b.size;
}

function firstAtLeast(sorted: readonly string[], word: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? "") < word) low = middle + 1;
    else high = middle;
  }
  return low;
}
