import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keyOf, type Preview, type Subject } from "../../../src/features/previews/preview";
import { Assessor, type PausedTier } from "../../../src/features/previews/tier-runner";

const first: Subject = { community: "garden", title: "", body: "first" };
const second: Subject = { ...first, body: "second" };

/** A tier whose answers come when the test says so. */
class SlowTier implements PausedTier {
  readonly tier = 2;
  readonly pauseMs = 100;
  readonly asked: { subject: Subject; signal: AbortSignal }[] = [];
  able = true;
  private readonly waiting: ((answer: Preview | Error) => void)[] = [];

  readonly ready = () => this.able;
  readonly explain = (error: unknown) => ({ title: String(error), detail: "" });
  readonly look = (subject: Subject, signal: AbortSignal) => {
    this.asked.push({ subject, signal });
    return new Promise<Preview>((resolve, reject) => {
      this.waiting.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
    });
  };

  async answer(index: number, error?: Error): Promise<void> {
    const about = keyOf(this.asked[index]?.subject ?? first);
    this.waiting[index]?.(error ?? ({ tier: 2, about, outcome: "published" } as Preview));
    await vi.advanceTimersByTimeAsync(0);
  }
}

let tier: SlowTier;
let assessor: Assessor;

beforeEach(() => {
  vi.useFakeTimers();
  tier = new SlowTier();
  assessor = new Assessor([tier]);
});
afterEach(() => {
  vi.useRealTimers();
});

test("a tier is asked when somebody pauses, and not at each letter", async () => {
  for (const body of ["f", "fi", "fir"]) {
    assessor.present({ ...first, body });
    await vi.advanceTimersByTimeAsync(50);
  }
  expect(tier.asked).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(60);
  expect(tier.asked.map(({ subject }) => subject.body)).toEqual(["fir"]);
  expect(assessor.asking.value).toEqual([2]);
});

test("a new text cancels the question about the old one, and a late answer to it is dropped", async () => {
  assessor.present(first);
  await vi.advanceTimersByTimeAsync(100);
  assessor.present(second);
  expect(tier.asked[0]?.signal.aborted).toBe(true);
  await tier.answer(0);
  expect(assessor.answers.value).toEqual([]);
  await vi.advanceTimersByTimeAsync(100);
  await tier.answer(1);
  expect(assessor.answers.value.map(({ about }) => about)).toEqual([keyOf(second)]);
  expect(assessor.asking.value).toEqual([]);
});

test("coming back to a text by undo asks nobody twice", async () => {
  assessor.present(first);
  await vi.advanceTimersByTimeAsync(100);
  await tier.answer(0);
  assessor.present(second);
  assessor.present(first);
  await vi.advanceTimersByTimeAsync(1000);
  expect(tier.asked).toHaveLength(1);
});

test("a tier that is switched off meanwhile is not asked", async () => {
  assessor.present(first);
  tier.able = false;
  await vi.advanceTimersByTimeAsync(1000);
  expect(tier.asked).toEqual([]);
});

test("a failure is explained until the text changes", async () => {
  assessor.present(first);
  await vi.advanceTimersByTimeAsync(100);
  await tier.answer(0, new Error("no"));
  expect(assessor.trouble.value?.title).toBe("Error: no");
  expect(assessor.asking.value).toEqual([]);
  assessor.present(second);
  expect(assessor.trouble.value).toBeNull();
});

test("the failure of a question that nobody waits for is not shown", async () => {
  assessor.present(first);
  await vi.advanceTimersByTimeAsync(100);
  assessor.present(second);
  await tier.answer(0, new Error("too late"));
  expect(assessor.trouble.value).toBeNull();
});

test("a click does not ask twice", async () => {
  assessor.present(first);
  void assessor.askNow(tier, first);
  void assessor.askNow(tier, first);
  await vi.advanceTimersByTimeAsync(0);
  expect(tier.asked).toHaveLength(1);
});
