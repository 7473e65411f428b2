import { expect, test } from "vitest";
import type { Comparison, Group, Share } from "../../../src/features/drift/reports";
import {
  basis,
  differenceOf,
  formatMeasure,
  headline,
  nameOf,
  percent,
  savedOf,
} from "../../../src/features/drift/words";

const share = (count: number, of: number, low: number, high: number, enough = true): Share => ({
  count,
  of,
  share: of ? count / of : null,
  low,
  high,
  enough,
});

test("a small share is not rounded to nothing, and nothing is nothing", () => {
  expect([0, 0.001, 0.034, 0.12, 1].map(percent)).toEqual(["0%", "0.1%", "3.4%", "12%", "100%"]);
  expect(percent(1e-17)).toBe("0%");
});

test("too few cases are not a number, and say what they could still mean", () => {
  const few = share(0, 3, 0, 0.561, false);
  expect(headline(few)).toBe("Not enough data");
  expect(basis(few)).toBe("0 of 3: that could still mean anything from 0% to 56%.");
  expect(headline(share(0, 0, 0, 0, false))).toBe("No data yet");
});

test("a number says what it is made of and how far it can be trusted", () => {
  const some = share(6, 61, 0.046, 0.198);
  expect(headline(some)).toBe("9.8%");
  expect(basis(some)).toBe("6 of 61; with 95% certainty between 4.6% and 20%.");
});

test("groups are named for people: tiers by word, pairs by the beginning of their digests", () => {
  const group = { preview: "1", decision: "", distance: {} } as unknown as Group;
  expect(nameOf(group, "tier")).toBe("Model on the device");
  const pair = { ...group, preview: "a".repeat(64), decision: "b".repeat(64) };
  expect(nameOf(pair, "policy")).toBe("aaaaaaaa → bbbbbbbb");
  expect(nameOf({ ...pair, decision: pair.preview }, "policy")).toBe("aaaaaaaa on both sides");
  expect(nameOf({ ...pair, preview: "" }, "model")).toBe("no model → bbbbbbbb");
});

test("differences carry their sign, their unit and their interval", () => {
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
  expect(differenceOf(comparison)).toBe("−3.1 points (−5.8 points to −0.4 points)");
  expect(savedOf(comparison)).toBe("41 fewer in all");
  expect(savedOf({ ...comparison, finding: "no_difference_shown" })).toBe("");
  expect(differenceOf({ ...comparison, difference: null })).toBe("–");
  expect(differenceOf({ ...comparison, measure: "seconds", difference: -0.01, low: -0.2, high: 0.1 })).toBe(
    "0.0 s (−0.2 s to +0.1 s)",
  );
  expect([
    formatMeasure("seconds", 4),
    formatMeasure("seconds", 5400),
    formatMeasure("questions", 1.2),
  ]).toEqual(["4.0 s", "1.5 h", "1.20"]);
});
