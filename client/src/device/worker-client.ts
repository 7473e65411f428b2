import { DeviceModelError } from "./errors";

/** What page and worker tell each other. Bytes are handed over, not copied. */
export type ToWorker =
  | { kind: "load"; runtime: ArrayBuffer; model: ArrayBuffer; tokenizer: ArrayBuffer; reads: ModelShape }
  | { kind: "assess"; id: number; text: string }
  | { kind: "cancel"; id: number };

export type FromWorker =
  | { kind: "loaded"; tookMs: number }
  | { kind: "broken"; reason: string }
  | { kind: "assessed"; id: number; answer: WorkerAnswer | null };

/** How the model is to be fed and read; from the server's manifest. */
export interface ModelShape {
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

/** What is used of a Worker, so that a test can bring its own. */
export interface WorkerPort {
  postMessage(message: ToWorker, transfer?: Transferable[]): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

interface PendingRequest {
  id: number;
  text: string;
  settle: (answer: WorkerAnswer | null) => void;
}

export interface ModelBytes {
  runtime: ArrayBuffer;
  model: ArrayBuffer;
  tokenizer: ArrayBuffer;
}

/**
 * The model behind its worker. One question runs, one waits: a newer one takes the place of the one that waits and
 * asks the running one to stop, and whoever is overtaken hears `null`.
 */
export class ModelWorker {
  private running: PendingRequest | undefined;
  private waiting: PendingRequest | undefined;
  private nextId = 1;
  private settleLoad: ((trouble: DeviceModelError | null) => void) | undefined;

  constructor(
    private readonly port: WorkerPort,
    private readonly onBroken: (trouble: DeviceModelError) => void,
  ) {
    port.onmessage = ({ data }) => this.receive(data);
    port.onerror = (event) => this.fail(event.message ?? "the worker could not start");
  }

  /** Hands the bytes over; they are gone here afterwards. */
  load(bytes: ModelBytes, reads: ModelShape): Promise<void> {
    return new Promise((resolve, reject) => {
      this.settleLoad = (trouble) => (trouble ? reject(trouble) : resolve());
      this.port.postMessage({ kind: "load", ...bytes, reads }, [bytes.runtime, bytes.model, bytes.tokenizer]);
    });
  }

  /** Whether a person's question runs or waits. */
  get busy(): boolean {
    return this.running !== undefined;
  }

  assess(text: string, signal?: AbortSignal): Promise<WorkerAnswer | null> {
    if (signal?.aborted) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.waiting?.settle(null);
      if (this.running) this.port.postMessage({ kind: "cancel", id: this.running.id });
      const asked: PendingRequest = { id: this.nextId, text, settle: resolve };
      this.nextId += 1;
      this.waiting = asked;
      signal?.addEventListener("abort", () => this.cancel(asked), { once: true });
      this.next();
    });
  }

  close(): void {
    this.port.terminate();
    this.settleAll();
  }

  private next(): void {
    if (this.running || !this.waiting) return;
    this.running = this.waiting;
    this.waiting = undefined;
    const { id, text } = this.running;
    this.port.postMessage({ kind: "assess", id, text });
  }

  private cancel(asked: PendingRequest): void {
    asked.settle(null);
    if (this.waiting === asked) this.waiting = undefined;
    if (this.running === asked) this.port.postMessage({ kind: "cancel", id: asked.id });
  }

  private receive(message: FromWorker): void {
    switch (message.kind) {
      case "loaded":
        this.settleLoad?.(null);
        break;
      case "broken":
        this.fail(message.reason);
        break;
      case "assessed":
        if (this.running?.id !== message.id) return;
        // A newer question waits: this answer is about a text that is gone.
        this.running.settle(this.waiting ? null : message.answer);
        this.running = undefined;
        this.next();
        break;
    }
  }

  private fail(reason: string): void {
    const trouble = new DeviceModelError("broken", reason);
    this.settleLoad?.(trouble);
    this.close();
    this.onBroken(trouble);
  }

  private settleAll(): void {
    this.running?.settle(null);
    this.waiting?.settle(null);
    this.running = undefined;
    this.waiting = undefined;
  }
}
