import { expect, test } from "vitest";
import type { Comparison, Experiment, ExperimentGroup } from "../../../src/features/drift/drift-api";
import {
  differenceOf,
  findingText,
  formatMeasure,
  measureTitle,
  verdictText,
} from "../../../src/features/drift/experiment-texts";

const comparison: Comparison = {
  measure: "refused",
  title: "",
  counts: "",
  better: "less",
  difference: -0.031,
  low: -0.058,
  high: -0.004,
  saved: 41.3,
  finding: "better",
};

const group = (arm: ExperimentGroup["arm"], people: number, submits: number): ExperimentGroup => ({
  arm,
  people,
  submits,
  measures: {},
});

test("a difference has its sign, its unit and its interval", () => {
  expect(differenceOf(comparison)).toBe("−3.1 points (−5.8 points to −0.4 points)");
  expect(differenceOf({ ...comparison, difference: null })).toBe("–");
  const seconds = { ...comparison, measure: "seconds", difference: -12, low: -90, high: 1.5 };
  expect(differenceOf(seconds)).toBe("−12 sec (−1.5 min to +1.5 sec)");
});

test("a better finding tells the saving", () => {
  expect(findingText(comparison)).toBe("Better with previews: 41 fewer in total");
  const seconds = { ...comparison, measure: "seconds", saved: 5400 };
  expect(findingText(seconds)).toBe("Better with previews: 1.5 hr less in total");
  expect(findingText({ ...comparison, finding: "no_difference_shown" })).toBe("No difference shown");
});

test("measures have their own units", () => {
  expect(formatMeasure("seconds", 4)).toBe("4 sec");
  expect(formatMeasure("questions", 1.2)).toBe("1.20");
  expect(formatMeasure("tokens", 1234)).toBe("1,234");
  expect(formatMeasure("refused", null)).toBe("–");
});

test("an unknown measure keeps the server's title", () => {
  expect(measureTitle({ ...comparison, measure: "laughs", title: "Laughs per post" })).toBe(
    "Laughs per post",
  );
});

test("the verdict names the measures that decided it", () => {
  const experiment = {
    verdict: "helps",
    arms: [group("trial_with", 40, 1200), group("trial_without", 41, 1)],
    comparisons: [comparison, { ...comparison, measure: "tokens", finding: "no_difference_shown" }],
  } as unknown as Experiment;
  expect(verdictText(experiment)).toContain(
    "based on 1,200 submissions with previews and 1 without: Held or rejected submissions.",
  );
  expect(verdictText({ ...experiment, verdict: "not_enough" })).toContain(
    "40 with previews and 41 without; each group needs 30",
  );
});
