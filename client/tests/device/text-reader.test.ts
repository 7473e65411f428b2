import { describe, expect, test } from "vitest";
import type { PartialScores } from "../../src/device/model-worker-client";
import { LruCache, type Model, type ModelOutput, TextReader } from "../../src/device/text-reader";

/** A model that scores the share of the letter x, takes 100 ms a run, and remembers what it was asked. */
class Counting implements Model {
  readonly asked: string[] = [];
  time = 0;

  readonly tokens = (text: string) =>
    Array.from(text.toLowerCase().slice(0, 40), (char) => char.charCodeAt(0));
  readonly run = async (tokens: readonly number[]): Promise<ModelOutput> => {
    const text = String.fromCharCode(...tokens);
    this.asked.push(text);
    this.time += 100;
    const score = (text.split("x").length - 1) / 10;
    return { vector: new Float32Array([text.length, 0]), scores: { spam: score, any_harm: score / 2 } };
  };
}

function reader(model: Counting, yieldToMessages: () => Promise<void> = async () => {}) {
  return new TextReader(model, yieldToMessages, () => model.time);
}

const never = new AbortController().signal;
const LIMIT = 60_000;
const asking = (texts: readonly string[], limitMs = LIMIT) => ({
  text: texts.join(" "),
  windows: texts.map((text) => [text]),
  limitMs,
});
const spam = (scores: PartialScores | undefined) => scores?.map((one) => one?.spam ?? null);

describe("a text", () => {
  test("is read window by window, and its vector comes from its beginning", async () => {
    const model = new Counting();
    const reading = await reader(model).read(asking(["one here.", "x x x there."]), never);
    expect(model.asked).toEqual(["one here.", "x x x there.", "one here. x x x there."]);
    expect(spam(reading?.scores)).toEqual([0, 0.3]);
    expect(reading).toMatchObject({ tookMs: 300 });
    expect(Array.from(reading?.vector ?? [])).toEqual([22, 0]);
  });

  test("gets the highest scores of its forms, name by name", async () => {
    const request = { text: "k 1 l l", windows: [["k 1 l l", "kxll"], []], limitMs: LIMIT };
    const reading = await reader(new Counting()).read(request, never);
    expect(reading?.scores).toEqual([{ spam: 0.1, any_harm: 0.05 }, {}]);
  });

  test("of a single window takes one run", async () => {
    const model = new Counting();
    await reader(model).read(asking(["x x only"]), never);
    expect(model.asked).toHaveLength(1);
  });

  test("that is longer than the model reads keeps its vector while its end changes", async () => {
    const model = new Counting();
    const typing = reader(model);
    const long = "calm words ".repeat(5);
    const first = await typing.read({ text: `${long}one`, windows: [], limitMs: 0 }, never);
    const second = await typing.read({ text: `${long}two`, windows: [], limitMs: 0 }, never);
    expect(model.asked).toHaveLength(1);
    expect(second?.vector).toEqual(first?.vector);
  });
});

describe("an edit", () => {
  test("costs the windows that it changed", async () => {
    const model = new Counting();
    const typing = reader(model);
    await typing.read(asking(["one x.", "two x x.", "three."]), never);
    model.asked.length = 0;
    const edited = asking(["one x.", "two x x x.", "three."]);
    const reading = await typing.read(edited, never);
    expect(model.asked).toEqual(["two x x x.", edited.text]);
    expect(spam(reading?.scores)).toEqual([0.1, 0.3, 0]);
  });

  test("of a text that is not read to its end is read first", async () => {
    const model = new Counting();
    const typing = reader(model);
    const first = await typing.read(asking(["a x.", "b.", "c.", "d."], 200), never);
    expect(spam(first?.scores)).toEqual([0.1, 0, null, null]);
    model.asked.length = 0;
    const second = await typing.read(asking(["a x.", "b.", "c.", "d.", "e x x."], 100), never);
    expect(spam(second?.scores)).toEqual([0.1, 0, null, null, 0.2]);
    const third = await typing.read(asking(["a x.", "b.", "c.", "d.", "e x x."]), never);
    expect(spam(third?.scores)).toEqual([0.1, 0, 0, 0, 0.2]);
  });

  test("stops the runs for the text before, and keeps what they found", async () => {
    const model = new Counting();
    const abort = new AbortController();
    let turns = 0;
    const typing = reader(model, async () => {
      turns += 1;
      if (turns === 2) abort.abort();
    });
    expect(await typing.read(asking(["one x.", "two x.", "three x."]), abort.signal)).toBeNull();
    expect(model.asked).toEqual(["one x."]);
    await typing.read(asking(["one x.", "two x."]), never);
    expect(model.asked.filter((text) => text === "one x.")).toHaveLength(1);
  });
});

test("a long text reports what is known so far, which later runs do not change", async () => {
  const reports: PartialScores[] = [];
  const windows = ["a x.", "b.", "c.", "d.", "e.", "f x x.", "g."];
  await reader(new Counting()).read(asking(windows), never, (scores) => reports.push(scores));
  expect(reports.map(spam)).toEqual([
    [0.1, 0, 0, null, null, null, null],
    [0.1, 0, 0, 0, 0, 0.2, null],
  ]);
});

test("a cache drops the least recently used value", () => {
  const cache = new LruCache<number>(2);
  cache.set("a", 1);
  cache.set("b", 2);
  cache.get("a");
  cache.set("c", 3);
  expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual([1, undefined, 3]);
});
