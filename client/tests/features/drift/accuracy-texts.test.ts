import { expect, test } from "vitest";
import { groupLabel, shareBasis, shareHeadline } from "../../../src/features/drift/accuracy-texts";
import type { Group, Share } from "../../../src/features/drift/drift-api";

const share = (count: number, of: number, low: number, high: number, enough = true): Share => ({
  count,
  of,
  share: of ? count / of : null,
  low,
  high,
  enough,
  withheld: false,
});

test("a share that is about too few people says so", () => {
  const few = { ...share(0, 0, 0, 0, false), withheld: true };
  expect(shareHeadline(few)).toBe("Too few people");
  expect(shareBasis(few)).toContain("previews of one of them");
});

test("a share of too few cases has an interval but no number", () => {
  const few = share(0, 3, 0, 0.561, false);
  expect(shareHeadline(few)).toBe("Not enough data");
  expect(shareBasis(few)).toBe("0 of 3: the true share could be anywhere from 0% to 56%.");
  expect(shareHeadline(share(0, 0, 0, 0, false))).toBe("No data yet");
});

test("a share has a number, its counts and its interval", () => {
  const some = share(6, 61, 0.046, 0.198);
  expect(shareHeadline(some)).toBe("9.8%");
  expect(shareBasis(some)).toBe("6 of 61; 95% confidence interval: 4.6% to 20%.");
});

test("tiers have names, and digests are shortened", () => {
  const group = { preview: "1", decision: "", distance: {} } as unknown as Group;
  expect(groupLabel(group, "tier")).toBe("Model on the device");
  const pair = { ...group, preview: "a".repeat(64), decision: "b".repeat(64) };
  expect(groupLabel(pair, "policy")).toBe("aaaaaaaa → bbbbbbbb");
  expect(groupLabel({ ...pair, decision: pair.preview }, "policy")).toBe("aaaaaaaa for both");
  expect(groupLabel({ ...pair, preview: "" }, "model")).toBe("no model → bbbbbbbb");
});
