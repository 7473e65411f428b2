import type { Scores, SentenceScores, WorkerAnswer } from "./model-worker-client";

/** The output of one run on one text. */
export interface ModelOutput {
  vector: Float32Array<ArrayBuffer>;
  scores: Scores;
}

export type RunModel = (text: string) => Promise<ModelOutput>;

/** Enough for a few long drafts; each entry is a few numbers. */
const CACHED_SENTENCES = 500;
/** From this score on, the sentences are scored one by one to find the cause. */
const SENTENCE_THRESHOLD = 0.2;

/**
 * Runs the model on a whole text, exactly as the server does, so that both get the same scores. For a high score it
 * also runs the model on each sentence that is not cached.
 */
export class SentenceScorer {
  private readonly cache = new LruCache<Scores>(CACHED_SENTENCES);

  constructor(
    private readonly run: RunModel,
    /** Resolves after pending messages were handled, so that a cancel can arrive between two runs. */
    private readonly yieldToMessages: () => Promise<void>,
    private readonly clock: () => number,
  ) {}

  /** @returns null if cancelled */
  async assess(text: string, signal: AbortSignal): Promise<WorkerAnswer | null> {
    const started = this.clock();
    const spans = sentencesOf(text);
    const { vector, scores } = await this.run(text);
    if (spans.length < 2)
      return this.answer(vector, scores, [{ start: 0, end: text.length, scores }], started);
    const isHigh = Object.values(scores).some((score) => score >= SENTENCE_THRESHOLD);
    const sentences = isHigh ? await this.sentences(text, spans, signal) : [];
    return sentences && this.answer(vector, scores, sentences, started);
  }

  private async sentences(
    text: string,
    spans: { start: number; end: number }[],
    signal: AbortSignal,
  ): Promise<SentenceScores[] | null> {
    const found: SentenceScores[] = [];
    for (const { start, end } of spans) {
      const sentence = text.slice(start, end);
      let scores = this.cache.get(sentence);
      if (!scores) {
        await this.yieldToMessages();
        if (signal.aborted) return null;
        scores = (await this.run(sentence)).scores;
        this.cache.set(sentence, scores);
      }
      found.push({ start, end, scores });
    }
    return found;
  }

  private answer(
    vector: Float32Array<ArrayBuffer>,
    scores: Scores,
    sentences: SentenceScores[],
    started: number,
  ): WorkerAnswer {
    return { vector, scores, sentences, tookMs: this.clock() - started };
  }
}

export interface TextSpan {
  start: number;
  end: number;
}

/** A sentence ends with its final punctuation, including closing quotes and brackets, or with its line. */
const SENTENCE =
  /[^\n.!?…。！？]*(?:[.!?…。！？]+(?![\s"'”’)\]]|$)[^\n.!?…。！？]*)*[.!?…。！？]*["'”’)\]]*/gu;

/**
 * Splits a text into sentences, in UTF-16 units and without surrounding white space. Only the client does this, to
 * show where a score comes from; the decision reads the whole text at once.
 */
export function sentencesOf(text: string): TextSpan[] {
  const spans: TextSpan[] = [];
  for (const { 0: found, index } of text.matchAll(SENTENCE)) {
    const start = index + found.length - found.trimStart().length;
    const end = index + found.trimEnd().length;
    if (/[\p{L}\p{N}\p{S}]/u.test(text.slice(start, end))) spans.push({ start, end });
  }
  return spans;
}

/** A cache of the `size` most recently used values. */
export class LruCache<Value> {
  private readonly values = new Map<string, Value>();

  constructor(private readonly size: number) {}

  get(key: string): Value | undefined {
    const value = this.values.get(key);
    if (value === undefined) return undefined;
    this.values.delete(key);
    this.values.set(key, value);
    return value;
  }

  set(key: string, value: Value): void {
    this.values.delete(key);
    this.values.set(key, value);
    if (this.values.size <= this.size) return;
    const [oldest] = this.values.keys();
    if (oldest !== undefined) this.values.delete(oldest);
  }
}
