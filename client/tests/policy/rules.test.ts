import { expect, test } from "vitest";
import type { PublicView } from "../../src/policy/public-view";
import { evaluateRules, type Measure, matchRules } from "../../src/policy/rules";

/** One measure of each kind with a text that it fires on. The type check fails while a new kind is missing. */
const FIRING: { [Kind in Measure["of"]]: { measure: Extract<Measure, { of: Kind }>; text: string } } = {
  links: { measure: { of: "links", at_least: 2 }, text: "see https://a.example and https://b.example" },
  capitals: { measure: { of: "capitals", share: 0.5, letters: 8 }, text: "BUY THIS NOW" },
};

function viewWith(measure: Measure): PublicView {
  const rule = { id: "r", category: "spam", outcome: "hold", patterns: [], measure, message: "" };
  return { rules: [rule], rules_left_out: 0, categories: [], normalizer: 2 } as unknown as PublicView;
}

test.each(Object.entries(FIRING))(
  "a rule that measures %s fires on a text with enough of them",
  (_, { measure, text }) => {
    expect(matchRules(viewWith(measure), text)).toHaveLength(1);
    expect(matchRules(viewWith(measure), "a calm text")).toEqual([]);
  },
);

test("a text beyond the policy's limit is held, unless long texts are sampled", () => {
  const view = viewWith(FIRING.links.measure);
  const outcomeOf = (beyond: "hold" | "sample", text: string) => {
    const reading = { characters: 1000, beyond, message: "This is longer than what is read." };
    return evaluateRules({ ...view, reading }, text);
  };
  expect(outcomeOf("hold", "🔪".repeat(1000)).outcome).toBe("published");
  expect(outcomeOf("hold", "🔪".repeat(1001))).toMatchObject({
    outcome: "held",
    hits: [{ rule: "check.unread", category: "check", message: "This is longer than what is read." }],
  });
  expect(outcomeOf("sample", "🔪".repeat(1001)).outcome).toBe("published");
});

test("an unknown measure never fires", () => {
  const unknown = { of: "emoji", at_least: 1 } as unknown as Measure;
  expect(matchRules(viewWith(unknown), "BUY THIS NOW")).toEqual([]);
});
