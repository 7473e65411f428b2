/** What page and worker tell each other. Bytes are handed over, not copied. */
export type ToWorker =
  | { kind: "load"; runtime: ArrayBuffer; model: ArrayBuffer; tokenizer: ArrayBuffer; reads: Reads }
  | { kind: "assess"; id: number; text: string }
  | { kind: "cancel"; id: number };

export type FromWorker =
  | { kind: "loaded"; tookMs: number }
  | { kind: "broken"; reason: string }
  | { kind: "assessed"; id: number; answer: WorkerAnswer | null };

/** How the model is to be fed and read; from the server's manifest. */
export interface Reads {
  maxTokens: number;
  dimensions: number;
  scores: readonly string[];
}

export type Scores = Readonly<Record<string, number>>;

/** One sentence of a text: from `start` to `end` in UTF-16 units, and what the model says of it alone. */
export interface SentenceScores {
  start: number;
  end: number;
  scores: Scores;
}

export interface WorkerAnswer {
  /** Unit length. */
  vector: Float32Array<ArrayBuffer>;
  scores: Scores;
  sentences: SentenceScores[];
  tookMs: number;
}
