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
const about = subjectKeyOf(subject);

function answer(tier: Tier, part: Partial<Preview> = {}): Preview {
  return {
    tier,
    subjectKey: about,
    outcome: "published",
    reasons: [],
    isBorderline: false,
    hiddenRules: 0,
    usedModel: tier > 0,
    policy: { digest: "d1", version: 1 },
    model: "",
    bands: {},
    tookMs: 1,
    ...part,
  };
}

test("the highest tier that has answered is active, in whatever order they answered", () => {
  const all = ([0, 2, 3, 1] as const).map((tier) => answer(tier));
  expect(activePreview(all, about, "d1")?.tier).toBe(3);
  expect(activePreview(all.slice(0, 2), about, "d1")?.tier).toBe(2);
  expect(activePreview([answer(0)], about, "d1")?.tier).toBe(0);
  expect(activePreview([], about, "d1")).toBeNull();
});

test.each([
  { ...subject, body: "They are ripe" },
  { ...subject, body: "They are ripe. " },
  { ...subject, title: "" },
  { ...subject, community: "kitchen" },
  { community: "garden", title: "", body: "Tomatoes\n\nThey are ripe." },
])("an answer about another text is as if it had never been given: %j", (other) => {
  expect(activePreview([answer(1), answer(2), answer(3)], subjectKeyOf(other), "d1")).toBeNull();
});

test("a higher tier that spoke of an earlier text leaves the word to a lower one", () => {
  const stale = answer(3, { subjectKey: subjectKeyOf({ ...subject, body: "x" }) });
  expect(activePreview([stale, answer(0)], about, "d1")?.tier).toBe(0);
});

test("under another policy nobody has spoken yet", () => {
  expect(activePreview([answer(2), answer(3)], about, "d2")).toBeNull();
});

test("without a policy that can be trusted only the server's own word counts", () => {
  expect(activePreview([answer(1), answer(2)], about, "")).toBeNull();
  expect(activePreview([answer(1), answer(3)], about, "")?.tier).toBe(3);
});

test("only a lower tier that is stricter about the same text is worth a word", () => {
  const said = answer(2);
  const held = answer(1, { outcome: "held" });
  expect(stricterPreview([answer(0), held], said)).toBe(held);
  expect(stricterPreview([answer(0), answer(1)], said)).toBeNull();
  expect(stricterPreview([{ ...held, subjectKey: "other" }], said)).toBeNull();
  expect(stricterPreview([answer(3, { outcome: "rejected" })], said)).toBeNull();
  expect(stricterPreview([held], answer(2, { outcome: "rejected" }))).toBeNull();
});

test("a tier that answers again about the same text replaces its own word, and old ones are let go", () => {
  const first = answer(1);
  const second = answer(1, { outcome: "held" });
  expect(withPreview([first], second, 9)).toEqual([second]);
  expect(withPreview([first, answer(2)], answer(3), 2).map(({ tier }) => tier)).toEqual([2, 3]);
});
