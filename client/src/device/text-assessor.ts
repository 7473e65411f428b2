import type { Scores, SentenceScores, WorkerAnswer } from "./worker-client";

/** One run of the model over one text. */
export interface ModelOutput {
  vector: Float32Array<ArrayBuffer>;
  scores: Scores;
}

export type RunModel = (text: string) => Promise<ModelOutput>;

/** Sentences of some long drafts; each costs a few numbers. */
const KEPT_SENTENCES = 500;
/** From this score on it is worth a few more runs to say which sentence it comes from. */
const SENTENCE_THRESHOLD = 0.2;

/**
 * What is run for a text: all of it in one run, exactly as the server reads it, so that both come to the same numbers.
 * Its sentences only where there is something to find, and only those that have not been seen yet.
 */
export class TextAssessor {
  private readonly known = new LruCache<Scores>(KEPT_SENTENCES);

  constructor(
    private readonly run: RunModel,
    /** Resolves after waiting messages had their turn: a cancel can arrive between two runs. */
    private readonly yieldToMessages: () => Promise<void>,
    private readonly clock: () => number,
  ) {}

  /** Null: cancelled. */
  async assess(text: string, signal: AbortSignal): Promise<WorkerAnswer | null> {
    const began = this.clock();
    const spans = sentencesOf(text);
    const { vector, scores } = await this.run(text);
    if (spans.length < 2) return this.answer(vector, scores, [{ start: 0, end: text.length, scores }], began);
    const closer = Object.values(scores).some((score) => score >= SENTENCE_THRESHOLD);
    const sentences = closer ? await this.sentences(text, spans, signal) : [];
    return sentences && this.answer(vector, scores, sentences, began);
  }

  private async sentences(
    text: string,
    spans: { start: number; end: number }[],
    signal: AbortSignal,
  ): Promise<SentenceScores[] | null> {
    const found: SentenceScores[] = [];
    for (const { start, end } of spans) {
      const sentence = text.slice(start, end);
      let scores = this.known.get(sentence);
      if (!scores) {
        await this.yieldToMessages();
        if (signal.aborted) return null;
        scores = (await this.run(sentence)).scores;
        this.known.set(sentence, scores);
      }
      found.push({ start, end, scores });
    }
    return found;
  }

  private answer(
    vector: Float32Array<ArrayBuffer>,
    scores: Scores,
    sentences: SentenceScores[],
    began: number,
  ): WorkerAnswer {
    return { vector, scores, sentences, tookMs: this.clock() - began };
  }
}

export interface TextSpan {
  start: number;
  end: number;
}

/** A sentence ends with its full stop (and what closes it), or with its line. */
const SENTENCE =
  /[^\n.!?…。！？]*(?:[.!?…。！？]+(?![\s"'”’)\]]|$)[^\n.!?…。！？]*)*[.!?…。！？]*["'”’)\]]*/gu;

/**
 * The sentences of a text, in UTF-16 units, without the space around them. A rule of this side only, to say
 * where a score comes from: what decides reads the whole text at once.
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

/** The last `size` values that were asked for. */
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
