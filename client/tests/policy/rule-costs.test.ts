import { expect, test } from "vitest";
import type { PublicView } from "../../src/policy/public-view";
import { evaluateRules } from "../../src/policy/rules";
import { windows } from "../../src/policy/windows";
import { policyVectors } from "../support/policy-vectors";

const { view } = policyVectors<{ view: PublicView }>("default");
/** Parts of what the rules restore: spelled-out words, digits and signs for letters, stretched letters, marks. */
const PARTS = [
  "1 ",
  "1.",
  "a ",
  "1 1 a ",
  "@ $ ",
  "a1",
  "1!",
  "!!",
  "aaa",
  "a\u0301",
  "\u0301",
  "\u0430b",
  "www.",
  "x",
];
const SIZE = 8000;
/** Four times the text may take this many times as long: quadratic time is 16 times as long. */
const LARGEST_RATIO = 9;
/** Below this much processor time, what else the machine does decides; quadratic time takes more than a second. */
const MEASURABLE_MS = 600;

/** The processor time of one call, the least of two: other processes do not count. */
function cost(run: () => void): number {
  const times = [0, 1].map(() => {
    const before = process.cpuUsage();
    run();
    return process.cpuUsage(before).user / 1000;
  });
  return Math.min(...times);
}

function expectLinear(part: string, run: (text: string) => void): void {
  const repeated = (size: number) => part.repeat(Math.floor(size / part.length));
  const [small, large] = [SIZE, 4 * SIZE].map((size) => cost(() => run(repeated(size)))) as [number, number];
  expect(large < MEASURABLE_MS || large < LARGEST_RATIO * Math.max(small, 1), `${small}, ${large} ms`).toBe(
    true,
  );
}

test.each(PARTS)("rules read %j repeated in linear time", (part) => {
  expectLinear(part, (text) => evaluateRules(view, text));
});

test.each(["!", "!)", ".\u2026", '"', '" ', "[x", "<a", "a*", "a-b "])(
  "%j repeated is cut into windows in linear time",
  (part) => {
    expectLinear(part, (text) => windows("", text));
  },
);
