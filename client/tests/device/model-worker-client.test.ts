import { describe, expect, test } from "vitest";
import { warmUp } from "../../src/device/model-loading";
import {
  type FromWorker,
  ModelWorkerClient,
  type Reading,
  type ToWorker,
  type WorkerPort,
} from "../../src/device/model-worker-client";

/** A fake worker whose messages the test sends. */
class FakePort implements WorkerPort {
  readonly sent: ToWorker[] = [];
  terminated = false;
  onmessage: WorkerPort["onmessage"] = null;
  onerror: WorkerPort["onerror"] = null;
  onSent: (message: ToWorker) => void = () => undefined;

  postMessage(message: ToWorker): void {
    this.sent.push(message);
    this.onSent(message);
  }

  terminate(): void {
    this.terminated = true;
  }

  reply(message: FromWorker): void {
    this.onmessage?.({ data: message } as MessageEvent<FromWorker>);
  }
}

const reading: Reading = { vector: new Float32Array(1), scores: [], tookMs: 1 };
const asking = (text: string) => ({ text, windows: [[text]], limitMs: 1000 });
const shape = { maxTokens: 256, dimensions: 1, scores: [] };

function fakeModel() {
  const port = new FakePort();
  const errors: string[] = [];
  return { port, errors, model: new ModelWorkerClient(port, (error) => errors.push(error.code)) };
}

describe("requests", () => {
  test("one runs and one waits: the newest replaces the waiting one", async () => {
    const { port, model } = fakeModel();
    const [first, second, third] = ["a", "b", "c"].map((text) => model.read(asking(text)));
    expect(await second).toBeNull();
    port.reply({ kind: "done", id: 1, reading });
    expect(await first).toBeNull();
    port.reply({ kind: "done", id: 3, reading });
    expect(await third).toBe(reading);
    expect(port.sent.map(({ kind }) => kind)).toEqual(["read", "cancel", "cancel", "read"]);
  });

  test("an answer to a cancelled request does not settle the next one", async () => {
    const { port, model } = fakeModel();
    const abort = new AbortController();
    const given = model.read(asking("a"), { signal: abort.signal });
    abort.abort();
    expect(await given).toBeNull();
    const next = model.read(asking("b"));
    port.reply({ kind: "done", id: 1, reading: { ...reading, tookMs: 99 } });
    port.reply({ kind: "done", id: 2, reading });
    expect(await next).toBe(reading);
  });

  test("an aborted request is not sent", async () => {
    const { port, model } = fakeModel();
    expect(await model.read(asking("a"), { signal: AbortSignal.abort() })).toBeNull();
    expect(port.sent).toEqual([]);
  });
});

describe("a worker that fails", () => {
  test("settles all requests, terminates, and is reported", async () => {
    const { port, errors, model } = fakeModel();
    const asked = model.read(asking("a"));
    port.reply({ kind: "broken", reason: "out of memory" });
    expect(await asked).toBeNull();
    expect([port.terminated, errors]).toEqual([true, ["broken"]]);
  });

  test("rejects the load", async () => {
    const { port, model } = fakeModel();
    const bytes = {
      runtime: new ArrayBuffer(0),
      model: new ArrayBuffer(0),
      tokenizer: new ArrayBuffer(0),
    };
    const loading = model.load(bytes, shape);
    port.reply({ kind: "broken", reason: "no WebAssembly" });
    await expect(loading).rejects.toMatchObject({ code: "broken", reason: "no WebAssembly" });
  });
});

test("a warm-up gives way to user requests and completes all its runs", async () => {
  const { port, model } = fakeModel();
  port.onSent = (message) => {
    if (message.kind === "read") queueMicrotask(() => port.reply({ kind: "done", id: message.id, reading }));
  };
  expect(await warmUp(model, new AbortController().signal)).toBe(true);
  expect(port.sent.filter(({ kind }) => kind === "read")).toHaveLength(30);
  expect(await warmUp(model, AbortSignal.abort())).toBe(false);
});
