import type { Reading, ReadingRequest, Scores } from "./model-worker-client";

/** The output of one run. */
export interface ModelOutput {
  vector: Float32Array<ArrayBuffer>;
  scores: Scores;
}

/** The loaded model. Texts with the same tokens have the same output. */
export interface Model {
  tokens(text: string): readonly number[];
  run(tokens: readonly number[]): Promise<ModelOutput>;
}

/** More windows than the longest text has, so that reading it does not push out its own beginning. */
const CACHED_TEXTS = 6000;
/** Often enough to look alive, seldom enough to cost nothing. */
const PROGRESS_MS = 300;

/**
 * Runs the model on the windows of a text, exactly as the server does, so that both get the same scores. Windows that
 * were read before cost nothing: an edit costs the windows that it changed, which are read first.
 */
export class TextReader {
  private readonly cache = new LruCache<Scores>(CACHED_TEXTS);
  private previous: ReadonlySet<string> = new Set();
  private latest: { key: string; vector: Float32Array<ArrayBuffer> } | undefined;

  constructor(
    private readonly model: Model,
    /** Resolves after pending messages were handled, so that a cancel can arrive between two runs. */
    private readonly yieldToMessages: () => Promise<void>,
    private readonly clock: () => number,
  ) {}

  /**
   * Reads until everything is read, or until the request's time is up; the rest has no scores.
   *
   * @param onProgress gets the scores so far, now and then
   * @returns null if cancelled
   */
  async read(
    { text, windows, limitMs }: ReadingRequest,
    signal: AbortSignal,
    onProgress: (scores: readonly (Scores | null)[]) => void = () => undefined,
  ): Promise<Reading | null> {
    const started = this.clock();
    const scores = windows.map((forms) => this.known(forms));
    let reported = started;
    for (const place of this.unread(windows, scores)) {
      await this.yieldToMessages();
      if (signal.aborted) return null;
      const now = this.clock();
      if (now - started >= limitMs) break;
      if (now - reported >= PROGRESS_MS) {
        onProgress([...scores]);
        reported = now;
      }
      scores[place] = await this.score(windows[place] ?? []);
    }
    await this.yieldToMessages();
    if (signal.aborted) return null;
    const vector = await this.vector(text);
    return { vector, scores, tookMs: this.clock() - started };
  }

  /** Returns the windows without scores: first those that are new since the last request, then in their order. */
  private unread(windows: ReadingRequest["windows"], scores: readonly (Scores | null)[]): number[] {
    const keys = windows.map((forms) => JSON.stringify(forms));
    const isOld = (place: number) => Number(this.previous.has(keys[place] ?? ""));
    const places = Array.from(scores.keys()).filter((place) => scores[place] === null);
    places.sort((a, b) => isOld(a) - isOld(b) || a - b);
    this.previous = new Set(keys);
    return places;
  }

  private known(forms: readonly string[]): Scores | null {
    const found = forms.map((form) => this.cache.get(form));
    return found.every((scores) => scores !== undefined) ? highest(found) : null;
  }

  private async score(forms: readonly string[]): Promise<Scores> {
    const found: Scores[] = [];
    for (const form of forms) {
      let scores = this.cache.get(form);
      if (!scores) {
        scores = (await this.run(form)).scores;
        this.cache.set(form, scores);
      }
      found.push(scores);
    }
    return highest(found);
  }

  /** Returns the vector of the beginning of a text, as far as the model can read at once. */
  private async vector(text: string): Promise<Float32Array<ArrayBuffer>> {
    if (this.latest?.key !== keyOf(this.model.tokens(text))) await this.run(text);
    return new Float32Array(this.latest?.vector ?? []);
  }

  private async run(text: string): Promise<ModelOutput> {
    const tokens = this.model.tokens(text);
    const output = await this.model.run(tokens);
    this.latest = { key: keyOf(tokens), vector: output.vector };
    return output;
  }
}

function keyOf(tokens: readonly number[]): string {
  return tokens.join();
}

/** Returns the highest score of each name; empty for no scores, as of white space. */
export function highest(all: readonly Scores[]): Scores {
  const found: Record<string, number> = {};
  for (const scores of all) {
    for (const [name, score] of Object.entries(scores)) found[name] = Math.max(found[name] ?? 0, score);
  }
  return found;
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
