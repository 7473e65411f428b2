import { describe, expect, test } from "vitest";
import { type Pass, Passes } from "../src/device/passes";

/** A model that scores the share of the letter x, and remembers what it was asked. */
class Counting {
  readonly asked: string[] = [];
  readonly run = async (text: string): Promise<Pass> => {
    this.asked.push(text);
    const share = text.length === 0 ? 0 : text.split("x").length - 1;
    return { vector: new Float32Array([1, 0]), scores: { spam: share / 10, any_harm: share / 10 } };
  };
}

function passes(model: Counting, breathe: () => Promise<void> = async () => {}) {
  let time = 0;
  return new Passes(model.run, breathe, () => (time += 5));
}

const never = new AbortController().signal;

describe("on a pause", () => {
  test("the whole text is one run, as the server reads it", async () => {
    const model = new Counting();
    const answer = await passes(model).assess("One here. Two there.", true, never);
    expect(model.asked).toEqual(["One here. Two there."]);
    expect(answer?.vector).toHaveLength(2);
    expect(answer?.sentences).toEqual([]);
    expect(answer?.tookMs).toBe(5);
  });

  test("sentences are run only where there is something to find", async () => {
    const model = new Counting();
    const answer = await passes(model).assess("Fine here. x x x there.", true, never);
    expect(model.asked).toEqual(["Fine here. x x x there.", "Fine here.", "x x x there."]);
    expect(answer?.sentences.map(({ scores }) => scores.spam)).toEqual([0, 0.3]);
  });

  test("a single sentence is one run, and stands for itself", async () => {
    const model = new Counting();
    const answer = await passes(model).assess("x x only", true, never);
    expect(model.asked).toHaveLength(1);
    expect(answer?.sentences).toEqual([{ start: 0, end: 8, scores: answer?.scores }]);
  });
});

describe("while somebody types", () => {
  test("only what is new is run, and the strongest sentence speaks", async () => {
    const model = new Counting();
    const typing = passes(model);
    await typing.assess("One x. Two x x. Thr", false, never);
    model.asked.length = 0;
    const answer = await typing.assess("One x. Two x x. Three x x x!", false, never);
    expect(model.asked).toEqual(["Three x x x!"]);
    expect(answer?.scores.spam).toBe(0.3);
    expect(answer?.vector).toHaveLength(0);
  });

  test("a newer text stops the runs for an older one", async () => {
    const model = new Counting();
    const abort = new AbortController();
    let turns = 0;
    const typing = passes(model, async () => {
      turns += 1;
      if (turns === 2) abort.abort();
    });
    expect(await typing.assess("One. Two. Three. Four.", false, abort.signal)).toBeNull();
    expect(model.asked).toEqual(["One."]);
  });
});
