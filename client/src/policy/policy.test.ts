import { describe, expect, it } from "vitest";
import defaultVectors from "../../../tests/contract/policy-vectors/default.json";
import dialectVectors from "../../../tests/contract/policy-vectors/dialect.json";
import { normalize } from "./normalize";
import type { PublicView } from "./public-view";
import { preview, UnknownNormalizer } from "./verdict";

interface Case {
  text: string;
  normalized: string;
  hits: { rule: string; outcome: string; spans: [number, number][] }[];
  verdict: string;
}

interface Vectors {
  view: PublicView;
  cases: Case[];
}

const files: [string, Vectors][] = [
  ["the default policy", defaultVectors as unknown as Vectors],
  ["the dialect", dialectVectors as unknown as Vectors],
];

describe.each(files)("%s means the same here and on the server", (_, { view, cases }) => {
  it.each(cases.map((vector) => [JSON.stringify(vector.text), vector] as const))("%s", (_, vector) => {
    const { hits, verdict } = preview(view, vector.text);
    const said = hits
      .map(({ rule, outcome, spans }) => ({
        rule,
        outcome,
        spans: spans.map(({ start, end }) => [start, end]),
      }))
      .sort((a, b) => (a.rule < b.rule ? -1 : 1));
    expect(normalize(vector.text).text).toBe(vector.normalized);
    expect({ hits: said, verdict }).toEqual({ hits: vector.hits, verdict: vector.verdict });
  });
});

describe("a preview by rules", () => {
  const view = (dialectVectors as unknown as Vectors).view;

  it("says what it did not check", () => {
    const { notChecked } = preview(view, "hello");
    expect(notChecked.rules).toBe(1);
    expect(notChecked.categories).toContain("Harassment");
  });

  it("names rejecting rules before holding ones", () => {
    const { hits } = preview(view, "free money 555-1234");
    expect(hits.map((hit) => hit.rule)).toEqual(["spam.digits", "spam.literal"]);
  });

  it("refuses a policy that expects another normaliser", () => {
    expect(() => preview({ ...view, normalizer: 2 }, "hello")).toThrow(UnknownNormalizer);
  });

  it("takes any UTF-16, also half a character", () => {
    expect(preview(view, "\ud83d free money \udd2a").verdict).toBe("held");
  });
});
