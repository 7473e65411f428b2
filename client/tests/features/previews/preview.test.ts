import { expect, test } from "vitest";
import {
  activePreview,
  type Preview,
  stricterPreview,
  subjectKeyOf,
  type Tier,
  withPreview,
} from "../../../src/features/previews/preview";

const subject = { community: "garden", title: "Tomatoes", body: "They are ripe." };
const subjectKey = subjectKeyOf(subject);

function answer(tier: Tier, part: Partial<Preview> = {}): Preview {
  return {
    tier,
    subjectKey,
    outcome: "published",
    reasons: [],
    isBorderline: false,
    hiddenRules: 0,
    usedModel: tier > 0,
    policy: { digest: "d1", version: 1 },
    model: "",
    bands: {},
    tookMs: 1,
    extent: { read: 9, unread: 0 },
    ...part,
  };
}

test("the highest tier with a result is active, whatever the order of the results", () => {
  const all = ([0, 2, 3, 1] as const).map((tier) => answer(tier));
  expect(activePreview(all, subjectKey, "d1")?.tier).toBe(3);
  expect(activePreview(all.slice(0, 2), subjectKey, "d1")?.tier).toBe(2);
  expect(activePreview([answer(0)], subjectKey, "d1")?.tier).toBe(0);
  expect(activePreview([], subjectKey, "d1")).toBeNull();
});

test.each([
  { ...subject, body: "They are ripe" },
  { ...subject, body: "They are ripe. " },
  { ...subject, title: "" },
  { ...subject, community: "kitchen" },
  { community: "garden", title: "", body: "Tomatoes\n\nThey are ripe." },
])("a preview of another text is ignored: %j", (other) => {
  expect(activePreview([answer(1), answer(2), answer(3)], subjectKeyOf(other), "d1")).toBeNull();
});

test("a lower tier is active while the higher one has a preview of an earlier text only", () => {
  const stale = answer(3, { subjectKey: subjectKeyOf({ ...subject, body: "x" }) });
  expect(activePreview([stale, answer(0)], subjectKey, "d1")?.tier).toBe(0);
});

test("previews under another policy are ignored", () => {
  expect(activePreview([answer(2), answer(3)], subjectKey, "d2")).toBeNull();
});

test("without a trusted policy only the server check counts", () => {
  expect(activePreview([answer(1), answer(2)], subjectKey, "")).toBeNull();
  expect(activePreview([answer(1), answer(3)], subjectKey, "")?.tier).toBe(3);
});

test("only a lower tier with a stricter preview of the same text is reported", () => {
  const active = answer(2);
  const held = answer(1, { outcome: "held" });
  expect(stricterPreview([answer(0), held], active)).toBe(held);
  expect(stricterPreview([answer(0), answer(1)], active)).toBeNull();
  expect(stricterPreview([{ ...held, subjectKey: "other" }], active)).toBeNull();
  expect(stricterPreview([answer(3, { outcome: "rejected" })], active)).toBeNull();
  expect(stricterPreview([held], answer(2, { outcome: "rejected" }))).toBeNull();
});

test("a tier's new preview of the same text replaces its earlier one, and the oldest are dropped", () => {
  const first = answer(1);
  const second = answer(1, { outcome: "held" });
  expect(withPreview([first], second, 9)).toEqual([second]);
  expect(withPreview([first, answer(2)], answer(3), 2).map(({ tier }) => tier)).toEqual([2, 3]);
});
