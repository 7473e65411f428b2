import { describe, expect, it } from "vitest";
import { forms } from "../../src/policy/disguises";
import { normalize } from "../../src/policy/normalize";
import type { PublicView } from "../../src/policy/public-view";
import { type PromptName, type PromptValues, renderPrompt } from "../../src/policy/render-prompt";
import { evaluateRules, UnknownNormalizer } from "../../src/policy/rules";
import { flaggedCategories } from "../../src/policy/threshold-bands";
import { policyVectors } from "../support/policy-vectors";

interface Case {
  text: string;
  normalized: string;
  forms: string[];
  hits: { rule: string; outcome: string; spans: [number, number][] }[];
  verdict: string;
  scores: Record<string, number>;
  leanings: [string, string, boolean][];
}

interface DensityCase {
  /** Parts of the text, and how often each is repeated. */
  parts: [string, number][];
  held: boolean;
  reasons: { rule: string; category: string; message: string; spans: unknown[] }[];
}

interface Vectors<OfCase> {
  view: PublicView;
  cases: OfCase[];
}

const named = (cases: Case[]) =>
  cases.map((vector) => [JSON.stringify(vector.text).slice(0, 80), vector] as const);

describe.each(["default", "dialect", "generated"])(
  "the vectors %s mean the same here and on the server",
  (file) => {
    const { view, cases } = policyVectors<Vectors<Case>>(file);

    it.each(named(cases))("%s", (_, vector) => {
      const { hits, outcome } = evaluateRules(view, vector.text);
      const found = hits
        .map(({ rule, outcome, spans }) => ({
          rule,
          outcome,
          spans: spans.map(({ start, end }) => [start, end]),
        }))
        .sort((a, b) => (a.rule < b.rule ? -1 : 1));
      const [plain, ...others] = forms(normalize(vector.text)).map(({ text }) => text);
      expect(plain).toBe(vector.normalized);
      expect(others).toEqual(vector.forms);
      expect({ hits: found, outcome }).toEqual({ hits: vector.hits, outcome: vector.verdict });
    });

    it("flag the same categories for the same scores", () => {
      for (const { scores, leanings: expected } of cases) {
        const found = flaggedCategories(view.categories, scores);
        expect(found.map(({ category, outcome, near }) => [category, outcome, near])).toEqual(expected);
      }
    });
  },
);

describe("a text whose normalized form is too long is held, here as on the server", () => {
  const { view, cases } = policyVectors<Vectors<DensityCase>>("density");

  it.each(cases.map((vector) => [JSON.stringify(vector.parts), vector] as const))("%s", (_, vector) => {
    const text = vector.parts.map(([part, count]) => part.repeat(count)).join("");
    const reasons = evaluateRules(view, text)
      .hits.filter(({ rule }) => rule.startsWith("check."))
      .map(({ outcome, ...reason }) => ({ outcome, reason }));
    expect(reasons).toEqual(vector.reasons.map((reason) => ({ outcome: "hold", reason })));
    if (vector.held) expect(evaluateRules(view, text).outcome).toBe("held");
  });

  it("has texts on both sides of the limit", () => {
    expect(new Set(cases.map(({ held }) => held))).toEqual(new Set([true, false]));
  });
});

describe("a prompt has the same bytes here and on the server", () => {
  const { view, cases } =
    policyVectors<Vectors<{ name: PromptName; values: PromptValues; system: string; user: string }>>(
      "prompts",
    );

  it.each(cases.map((vector, i) => [`${vector.name} ${i}`, vector] as const))("%s", (_, vector) => {
    const { system, user } = renderPrompt(view, vector.name, vector.values);
    expect({ system, user }).toEqual({ system: vector.system, user: vector.user });
  });
});

describe("a preview by rules", () => {
  const { view } = policyVectors<Vectors<Case>>("dialect");

  it("lists what it did not check", () => {
    const { notChecked } = evaluateRules(view, "hello");
    expect(notChecked.rules).toBe(1);
    expect(notChecked.categories).toContain("Harassment");
  });

  it("names rejecting rules before holding ones", () => {
    const { hits } = evaluateRules(view, "free money 555-1234");
    expect(hits.map((hit) => hit.rule)).toEqual(["spam.digits", "spam.literal"]);
  });

  it("refuses a policy that expects another normalizer", () => {
    expect(() => evaluateRules({ ...view, normalizer: 1 }, "hello")).toThrow(UnknownNormalizer);
  });
});
