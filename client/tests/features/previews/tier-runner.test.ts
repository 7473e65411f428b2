import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Preview, type Subject, subjectKeyOf } from "../../../src/features/previews/preview";
import { type PreviewTier, TierRunner } from "../../../src/features/previews/tier-runner";

const first: Subject = { community: "garden", title: "", body: "first" };
const second: Subject = { ...first, body: "second" };

/** A tier whose answers come when the test says so. */
class SlowTier implements PreviewTier {
  readonly tier = 2;
  readonly pauseMs = 100;
  readonly asked: { subject: Subject; signal: AbortSignal }[] = [];
  able = true;
  private readonly waiting: ((answer: Preview | Error) => void)[] = [];

  readonly isReady = () => this.able;
  readonly explain = (error: unknown) => ({ title: String(error), detail: "" });
  readonly preview = (subject: Subject, signal: AbortSignal) => {
    this.asked.push({ subject, signal });
    return new Promise<Preview>((resolve, reject) => {
      this.waiting.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
    });
  };

  async answer(index: number, error?: Error): Promise<void> {
    const about = subjectKeyOf(this.asked[index]?.subject ?? first);
    this.waiting[index]?.(error ?? ({ tier: 2, subjectKey: about, outcome: "published" } as Preview));
    await vi.advanceTimersByTimeAsync(0);
  }
}

let tier: SlowTier;
let assessor: TierRunner;

beforeEach(() => {
  vi.useFakeTimers();
  tier = new SlowTier();
  assessor = new TierRunner([tier]);
});
afterEach(() => {
  vi.useRealTimers();
});

test("a tier is asked when somebody pauses, and not at each letter", async () => {
  for (const body of ["f", "fi", "fir"]) {
    assessor.setSubject({ ...first, body });
    await vi.advanceTimersByTimeAsync(50);
  }
  expect(tier.asked).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(60);
  expect(tier.asked.map(({ subject }) => subject.body)).toEqual(["fir"]);
  expect(assessor.running.value).toEqual([2]);
});

test("a new text cancels the question about the old one, and a late answer to it is dropped", async () => {
  assessor.setSubject(first);
  await vi.advanceTimersByTimeAsync(100);
  assessor.setSubject(second);
  expect(tier.asked[0]?.signal.aborted).toBe(true);
  await tier.answer(0);
  expect(assessor.previews.value).toEqual([]);
  await vi.advanceTimersByTimeAsync(100);
  await tier.answer(1);
  expect(assessor.previews.value.map(({ subjectKey: about }) => about)).toEqual([subjectKeyOf(second)]);
  expect(assessor.running.value).toEqual([]);
});

test("coming back to a text by undo asks nobody twice", async () => {
  assessor.setSubject(first);
  await vi.advanceTimersByTimeAsync(100);
  await tier.answer(0);
  assessor.setSubject(second);
  assessor.setSubject(first);
  await vi.advanceTimersByTimeAsync(1000);
  expect(tier.asked).toHaveLength(1);
});

test("a tier that is switched off meanwhile is not asked", async () => {
  assessor.setSubject(first);
  tier.able = false;
  await vi.advanceTimersByTimeAsync(1000);
  expect(tier.asked).toEqual([]);
});

test("a failure is explained until the text changes", async () => {
  assessor.setSubject(first);
  await vi.advanceTimersByTimeAsync(100);
  await tier.answer(0, new Error("no"));
  expect(assessor.problem.value?.title).toBe("Error: no");
  expect(assessor.running.value).toEqual([]);
  assessor.setSubject(second);
  expect(assessor.problem.value).toBeNull();
});

test("the failure of a question that nobody waits for is not shown", async () => {
  assessor.setSubject(first);
  await vi.advanceTimersByTimeAsync(100);
  assessor.setSubject(second);
  await tier.answer(0, new Error("too late"));
  expect(assessor.problem.value).toBeNull();
});

test("a click does not ask twice", async () => {
  assessor.setSubject(first);
  void assessor.runNow(tier, first);
  void assessor.runNow(tier, first);
  await vi.advanceTimersByTimeAsync(0);
  expect(tier.asked).toHaveLength(1);
});
