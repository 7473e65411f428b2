import { describe, expect, test } from "vitest";
import { warmUp } from "../../src/device/loading";
import {
  type FromWorker,
  ModelWorker,
  type ToWorker,
  type WorkerAnswer,
  type WorkerPort,
} from "../../src/device/worker-client";

/** The worker's end, played by hand. */
class PlayedPort implements WorkerPort {
  readonly sent: ToWorker[] = [];
  ended = false;
  onmessage: WorkerPort["onmessage"] = null;
  onerror: WorkerPort["onerror"] = null;
  onSent: (message: ToWorker) => void = () => undefined;

  postMessage(message: ToWorker): void {
    this.sent.push(message);
    this.onSent(message);
  }

  terminate(): void {
    this.ended = true;
  }

  say(message: FromWorker): void {
    this.onmessage?.({ data: message } as MessageEvent<FromWorker>);
  }
}

const answer: WorkerAnswer = { vector: new Float32Array(1), scores: {}, sentences: [], tookMs: 1 };
const reads = { maxTokens: 256, dimensions: 1, scores: [] };

function played() {
  const port = new PlayedPort();
  const troubles: string[] = [];
  return { port, troubles, model: new ModelWorker(port, (trouble) => troubles.push(trouble.code)) };
}

describe("questions", () => {
  test("one runs and one waits: the newest takes the place of the one that waits", async () => {
    const { port, model } = played();
    const [first, second, third] = ["a", "b", "c"].map((text) => model.assess(text));
    expect(await second).toBeNull();
    port.say({ kind: "assessed", id: 1, answer });
    expect(await first).toBeNull();
    port.say({ kind: "assessed", id: 3, answer });
    expect(await third).toBe(answer);
    expect(port.sent.map(({ kind }) => kind)).toEqual(["assess", "cancel", "cancel", "assess"]);
  });

  test("an answer to a question that was given up is not an answer to the next one", async () => {
    const { port, model } = played();
    const abort = new AbortController();
    const given = model.assess("a", abort.signal);
    abort.abort();
    expect(await given).toBeNull();
    const next = model.assess("b");
    port.say({ kind: "assessed", id: 1, answer: { ...answer, tookMs: 99 } });
    port.say({ kind: "assessed", id: 2, answer });
    expect(await next).toBe(answer);
  });

  test("nothing is asked for a text that is gone already", async () => {
    const { port, model } = played();
    expect(await model.assess("a", AbortSignal.abort())).toBeNull();
    expect(port.sent).toEqual([]);
  });
});

describe("a worker that breaks", () => {
  test("answers nobody, ends, and is told of", async () => {
    const { port, troubles, model } = played();
    const asked = model.assess("a");
    port.say({ kind: "broken", reason: "out of memory" });
    expect(await asked).toBeNull();
    expect([port.ended, troubles]).toEqual([true, ["broken"]]);
  });

  test("fails the loading", async () => {
    const { port, model } = played();
    const bytes = {
      runtime: new ArrayBuffer(0),
      model: new ArrayBuffer(0),
      tokenizer: new ArrayBuffer(0),
    };
    const loading = model.load(bytes, reads);
    port.say({ kind: "broken", reason: "no WebAssembly" });
    await expect(loading).rejects.toMatchObject({ code: "broken", reason: "no WebAssembly" });
  });
});

test("a warm-up lets a person go first and takes all its runs", async () => {
  const { port, model } = played();
  port.onSent = (message) => {
    if (message.kind === "assess")
      queueMicrotask(() => port.say({ kind: "assessed", id: message.id, answer }));
  };
  expect(await warmUp(model, new AbortController().signal)).toBe(true);
  expect(port.sent.filter(({ kind }) => kind === "assess")).toHaveLength(30);
  expect(await warmUp(model, AbortSignal.abort())).toBe(false);
});
