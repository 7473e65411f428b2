import { DeviceModelError } from "./device-model-error";

/** Messages from page to worker. Bytes are transferred, not copied. */
export type ToWorker =
  | { kind: "load"; runtime: ArrayBuffer; model: ArrayBuffer; tokenizer: ArrayBuffer; shape: ModelShape }
  | { kind: "read"; id: number; request: ReadingRequest }
  | { kind: "cancel"; id: number };

/** Messages from worker to page. */
export type FromWorker =
  | { kind: "loaded"; tookMs: number }
  | { kind: "broken"; reason: string }
  | { kind: "progress"; id: number; scores: PartialScores }
  | { kind: "done"; id: number; reading: Reading | null };

/** Input and output sizes of the model, from the server's manifest. */
export interface ModelShape {
  maxTokens: number;
  dimensions: number;
  scores: readonly string[];
}

export type Scores = Readonly<Record<string, number>>;

/** The scores of each window, in the order of the request; null: not read yet. */
export type PartialScores = readonly (Scores | null)[];

/** A text to read. */
export interface ReadingRequest {
  /** The whole text. Its vector is that of its beginning. */
  text: string;
  /** The texts that the model reads for each window. A window gets the highest scores of its texts. */
  windows: readonly (readonly string[])[];
  /** Windows that are not read within this time get no scores. */
  limitMs: number;
}

export interface Reading {
  /** Unit length. */
  vector: Float32Array<ArrayBuffer>;
  scores: PartialScores;
  tookMs: number;
}

/** Options of one request: a signal that cancels it, and a listener for the scores so far. */
export interface ReadingOptions {
  signal?: AbortSignal | undefined;
  onProgress?: (scores: PartialScores) => void;
}

/** The part of `Worker` that is used here, so that tests can replace it. */
export interface WorkerPort {
  postMessage(message: ToWorker, transfer?: Transferable[]): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

interface PendingRequest {
  id: number;
  request: ReadingRequest;
  onProgress: ReadingOptions["onProgress"];
  settle: (reading: Reading | null) => void;
}

export interface ModelBytes {
  runtime: ArrayBuffer;
  model: ArrayBuffer;
  tokenizer: ArrayBuffer;
}

/**
 * Client of the model's worker. At most one request runs and one waits. A newer request replaces the waiting one and
 * cancels the running one; a replaced or cancelled request resolves to null.
 */
export class ModelWorkerClient {
  private running: PendingRequest | undefined;
  private waiting: PendingRequest | undefined;
  private nextId = 1;
  private settleLoad: ((error: DeviceModelError | null) => void) | undefined;

  constructor(
    private readonly port: WorkerPort,
    private readonly onBroken: (error: DeviceModelError) => void,
  ) {
    port.onmessage = ({ data }) => this.receive(data);
    port.onerror = (event) => this.fail(event.message ?? "the worker could not start");
  }

  /** Loads the model. The bytes are transferred to the worker and cannot be used here afterwards. */
  load(bytes: ModelBytes, shape: ModelShape): Promise<void> {
    return new Promise((resolve, reject) => {
      this.settleLoad = (error) => (error ? reject(error) : resolve());
      this.port.postMessage({ kind: "load", ...bytes, shape }, [bytes.runtime, bytes.model, bytes.tokenizer]);
    });
  }

  /** True while a request runs. */
  get busy(): boolean {
    return this.running !== undefined;
  }

  read(request: ReadingRequest, { signal, onProgress }: ReadingOptions = {}): Promise<Reading | null> {
    if (signal?.aborted) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.waiting?.settle(null);
      if (this.running) this.port.postMessage({ kind: "cancel", id: this.running.id });
      const pending: PendingRequest = { id: this.nextId, request, onProgress, settle: resolve };
      this.nextId += 1;
      this.waiting = pending;
      signal?.addEventListener("abort", () => this.cancel(pending), { once: true });
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
    const { id, request } = this.running;
    this.port.postMessage({ kind: "read", id, request });
  }

  private cancel(pending: PendingRequest): void {
    pending.settle(null);
    if (this.waiting === pending) this.waiting = undefined;
    if (this.running === pending) this.port.postMessage({ kind: "cancel", id: pending.id });
  }

  private receive(message: FromWorker): void {
    switch (message.kind) {
      case "loaded":
        this.settleLoad?.(null);
        break;
      case "broken":
        this.fail(message.reason);
        break;
      case "progress":
        if (this.running?.id === message.id && !this.waiting) this.running.onProgress?.(message.scores);
        break;
      case "done":
        if (this.running?.id !== message.id) return;
        // A newer request waits, so this answer is out of date.
        this.running.settle(this.waiting ? null : message.reading);
        this.running = undefined;
        this.next();
        break;
    }
  }

  private fail(reason: string): void {
    const error = new DeviceModelError("broken", reason);
    this.settleLoad?.(error);
    this.close();
    this.onBroken(error);
  }

  private settleAll(): void {
    this.running?.settle(null);
    this.waiting?.settle(null);
    this.running = undefined;
    this.waiting = undefined;
  }
}
