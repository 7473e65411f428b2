import { describe, expect, test } from "vitest";
import { type ModelOutput, SentenceScorer } from "../../src/device/sentence-scorer";

/** A model that scores the share of the letter x, and remembers what it was asked. */
class Counting {
  readonly asked: string[] = [];
  readonly run = async (text: string): Promise<ModelOutput> => {
    this.asked.push(text);
    const share = text.length === 0 ? 0 : text.split("x").length - 1;
    return { vector: new Float32Array([1, 0]), scores: { spam: share / 10, any_harm: share / 10 } };
  };
}

function passes(model: Counting, yieldToMessages: () => Promise<void> = async () => {}) {
  let time = 0;
  return new SentenceScorer(model.run, yieldToMessages, () => (time += 5));
}

const never = new AbortController().signal;

describe("a text", () => {
  test("the whole text is one run, as the server reads it", async () => {
    const model = new Counting();
    const answer = await passes(model).assess("One here. Two there.", never);
    expect(model.asked).toEqual(["One here. Two there."]);
    expect(answer?.vector).toHaveLength(2);
    expect(answer?.sentences).toEqual([]);
    expect(answer?.tookMs).toBe(5);
  });

  test("sentences are scored only for a high score", async () => {
    const model = new Counting();
    const answer = await passes(model).assess("Fine here. x x x there.", never);
    expect(model.asked).toEqual(["Fine here. x x x there.", "Fine here.", "x x x there."]);
    expect(answer?.sentences.map(({ scores }) => scores.spam)).toEqual([0, 0.3]);
  });

  test("a single sentence takes one run", async () => {
    const model = new Counting();
    const answer = await passes(model).assess("x x only", never);
    expect(model.asked).toHaveLength(1);
    expect(answer?.sentences).toEqual([{ start: 0, end: 8, scores: answer?.scores }]);
  });
});

describe("another text", () => {
  test("scores only sentences that are not cached", async () => {
    const model = new Counting();
    const typing = passes(model);
    await typing.assess("One x x. Two x x.", never);
    model.asked.length = 0;
    const text = "One x x. Two x x. Three x x x!";
    const answer = await typing.assess(text, never);
    expect(model.asked).toEqual([text, "Three x x x!"]);
    expect(answer?.sentences.map(({ scores }) => scores.spam)).toEqual([0.2, 0.2, 0.3]);
  });

  test("stops the runs for an older one", async () => {
    const model = new Counting();
    const abort = new AbortController();
    let turns = 0;
    const typing = passes(model, async () => {
      turns += 1;
      if (turns === 2) abort.abort();
    });
    const text = "One x. Two x. Three x. Four.";
    expect(await typing.assess(text, abort.signal)).toBeNull();
    expect(model.asked).toEqual([text, "One x."]);
  });
});
