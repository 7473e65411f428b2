import { expect, test } from "vitest";
import { scoreBars } from "../../../src/features/feed/score-bars";

test("the rounded parts add up to the rounded score", () => {
  const parts = { freshness: 0.004, votes: 1.9444, taste: 3.3244, community: 0.4784, variety: 0 };
  const bars = scoreBars(parts, 5.7512);
  expect(bars.reduce((sum, bar) => sum + bar.value, 0)).toBeCloseTo(5.75);
  expect(bars.map((bar) => bar.name)).toEqual(["taste", "votes", "community"]);
});

test("negative parts carry a minus sign, and the largest part fills its track", () => {
  const bars = scoreBars({ votes: 1.5, variety: -0.75 }, 0.75);
  expect(bars.map((bar) => bar.shown)).toEqual(["+1.50", "−0.75"]);
  expect(bars.map((bar) => bar.share)).toEqual([1, 0.5]);
});

test("an unknown part keeps its name", () => {
  expect(scoreBars({ night_owls: 1 }, 1)[0]?.label).toBe("night_owls");
});
