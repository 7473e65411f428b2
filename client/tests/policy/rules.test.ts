import { expect, test } from "vitest";
import type { PublicView } from "../../src/policy/public-view";
import { type Measure, matchRules } from "../../src/policy/rules";

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

test("an unknown measure never fires", () => {
  const unknown = { of: "emoji", at_least: 1 } as unknown as Measure;
  expect(matchRules(viewWith(unknown), "BUY THIS NOW")).toEqual([]);
});
