import type { FromWorker, ToWorker, WorkerAnswer } from "./model-worker-client";
import { OnnxModel } from "./onnx-model";
import { SentenceScorer } from "./sentence-scorer";

/** The part of a worker's global scope that is used here. */
interface Scope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
}

const scope = globalThis as unknown as Scope;
const running = new Map<number, AbortController>();
let scorer: SentenceScorer | undefined;

scope.onmessage = ({ data }) => {
  switch (data.kind) {
    case "load":
      load(data).catch(reportBroken);
      break;
    case "assess":
      assess(data.id, data.text).catch(reportBroken);
      break;
    case "cancel":
      running.get(data.id)?.abort();
      break;
  }
};

function reportBroken(error: unknown): void {
  scope.postMessage({ kind: "broken", reason: String(error) });
}

async function load({ runtime, model, tokenizer, shape }: ToWorker & { kind: "load" }): Promise<void> {
  const started = performance.now();
  const session = await OnnxModel.load(runtime, model, tokenizer, shape);
  scorer = new SentenceScorer(
    (text) => session.run(text),
    yieldToMessages,
    () => performance.now(),
  );
  scope.postMessage({ kind: "loaded", tookMs: performance.now() - started });
}

async function assess(id: number, text: string): Promise<void> {
  const abort = new AbortController();
  running.set(id, abort);
  const found = (await scorer?.assess(text, abort.signal)) ?? null;
  running.delete(id);
  answer(id, found);
}

function answer(id: number, found: WorkerAnswer | null): void {
  scope.postMessage({ kind: "assessed", id, answer: found }, found ? [found.vector.buffer] : []);
}

/** Lets pending messages be handled; a timer would add 4 ms each time. */
function yieldToMessages(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
