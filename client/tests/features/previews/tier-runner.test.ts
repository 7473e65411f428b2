import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Preview, type Subject, subjectKeyOf } from "../../../src/features/previews/preview";
import { type PreviewTier, TierRunner } from "../../../src/features/previews/tier-runner";

const first: Subject = { community: "garden", title: "", body: "first" };
const whole = { read: 5, unread: 0 };
const second: Subject = { ...first, body: "second" };

/** A tier that answers when the test tells it to. */
class SlowTier implements PreviewTier {
  readonly tier = 2;
  readonly pauseMs = 100;
  readonly asked: { subject: Subject; signal: AbortSignal }[] = [];
  able = true;
  private readonly waiting: ((answer: Preview | Error) => void)[] = [];

  readonly isReady = () => this.able;
  readonly onError = () => undefined;
  report: (preview: Preview) => void = () => undefined;
  readonly preview = (subject: Subject, signal: AbortSignal, onPartial: (preview: Preview) => void) => {
    this.asked.push({ subject, signal });
    this.report = onPartial;
    return new Promise<Preview>((resolve, reject) => {
      this.waiting.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
    });
  };

  async answer(index: number, error?: Error): Promise<void> {
    const subjectKey = subjectKeyOf(this.asked[index]?.subject ?? first);
    this.waiting[index]?.(error ?? ({ tier: 2, subjectKey, outcome: "published", extent: whole } as Preview));
    await vi.advanceTimersByTimeAsync(0);
  }
}

let tier: SlowTier;
let runner: TierRunner;

beforeEach(() => {
  vi.useFakeTimers();
  tier = new SlowTier();
  runner = new TierRunner([tier]);
});
afterEach(() => {
  vi.useRealTimers();
});

test("a tier runs after a pause, not at each keystroke", async () => {
  for (const body of ["f", "fi", "fir"]) {
    runner.setSubject({ ...first, body });
    await vi.advanceTimersByTimeAsync(50);
  }
  expect(tier.asked).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(60);
  expect(tier.asked.map(({ subject }) => subject.body)).toEqual(["fir"]);
  expect(runner.running.value).toEqual([2]);
});

test("a new text cancels the run on the old one, and its late result is dropped", async () => {
  runner.setSubject(first);
  await vi.advanceTimersByTimeAsync(100);
  runner.setSubject(second);
  expect(tier.asked[0]?.signal.aborted).toBe(true);
  await tier.answer(0);
  expect(runner.previews.value).toEqual([]);
  await vi.advanceTimersByTimeAsync(100);
  await tier.answer(1);
  expect(runner.previews.value.map(({ subjectKey }) => subjectKey)).toEqual([subjectKeyOf(second)]);
  expect(runner.running.value).toEqual([]);
});

test("returning to a text by undo runs no tier twice", async () => {
  runner.setSubject(first);
  await vi.advanceTimersByTimeAsync(100);
  await tier.answer(0);
  runner.setSubject(second);
  runner.setSubject(first);
  await vi.advanceTimersByTimeAsync(1000);
  expect(tier.asked).toHaveLength(1);
});

test("a tier that was switched off meanwhile does not run", async () => {
  runner.setSubject(first);
  tier.able = false;
  await vi.advanceTimersByTimeAsync(1000);
  expect(tier.asked).toEqual([]);
});

test("an error is kept until the text changes", async () => {
  runner.setSubject(first);
  await vi.advanceTimersByTimeAsync(100);
  await tier.answer(0, new Error("no"));
  expect(runner.error.value).toEqual(new Error("no"));
  expect(runner.running.value).toEqual([]);
  runner.setSubject(second);
  expect(runner.error.value).toBeNull();
});

test("an error of a cancelled run is dropped", async () => {
  runner.setSubject(first);
  await vi.advanceTimersByTimeAsync(100);
  runner.setSubject(second);
  await tier.answer(0, new Error("too late"));
  expect(runner.error.value).toBeNull();
});

test("a second click does not start a second run", async () => {
  runner.setSubject(first);
  void runner.runNow(tier, first);
  void runner.runNow(tier, first);
  await vi.advanceTimersByTimeAsync(0);
  expect(tier.asked).toHaveLength(1);
});

test("a partial preview is shown until the result replaces it, and is dropped for a new text", async () => {
  const partial = { tier: 2, subjectKey: subjectKeyOf(first), extent: { read: 1, unread: 4 } } as Preview;
  runner.setSubject(first);
  await vi.advanceTimersByTimeAsync(100);
  tier.report(partial);
  expect(runner.previews.value).toEqual([partial]);
  expect(runner.running.value).toEqual([2]);
  await tier.answer(0);
  expect(runner.previews.value.map(({ extent }) => extent.unread)).toEqual([0]);
  runner.setSubject(second);
  tier.report(partial);
  expect(runner.previews.value.map(({ extent }) => extent.unread)).toEqual([0]);
});

test("a text that was read in part is read on when the user returns to it", async () => {
  runner.setSubject(first);
  await vi.advanceTimersByTimeAsync(100);
  tier.report({ tier: 2, subjectKey: subjectKeyOf(first), extent: { read: 1, unread: 4 } } as Preview);
  runner.setSubject(second);
  runner.setSubject(first);
  await vi.advanceTimersByTimeAsync(100);
  expect(tier.asked.map(({ subject }) => subject.body)).toEqual(["first", "first"]);
});
