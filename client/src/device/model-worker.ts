import type { FromWorker, ReadingRequest, ToWorker } from "./model-worker-client";
import { OnnxModel } from "./onnx-model";
import { TextReader } from "./text-reader";

/** The part of a worker's global scope that is used here. */
interface Scope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
}

const scope = globalThis as unknown as Scope;
const running = new Map<number, AbortController>();
let reader: TextReader | undefined;

scope.onmessage = ({ data }) => {
  switch (data.kind) {
    case "load":
      load(data).catch(reportBroken);
      break;
    case "read":
      read(data.id, data.request).catch(reportBroken);
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
  reader = new TextReader(session, yieldToMessages, () => performance.now());
  scope.postMessage({ kind: "loaded", tookMs: performance.now() - started });
}

async function read(id: number, request: ReadingRequest): Promise<void> {
  const abort = new AbortController();
  running.set(id, abort);
  const reading =
    (await reader?.read(request, abort.signal, (scores) =>
      scope.postMessage({ kind: "progress", id, scores }),
    )) ?? null;
  running.delete(id);
  scope.postMessage({ kind: "done", id, reading }, reading ? [reading.vector.buffer] : []);
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
