import { expect, test } from "vitest";
import { previewFromScores } from "../../../src/features/previews/preview-from-scores";
import type { PublicView } from "../../../src/policy/public-view";
import { policyVectors } from "../../support/policy-vectors";

const { view } = policyVectors<{ view: PublicView }>("default");
const subject = { community: "garden", title: "", body: "Good morning. What a day." };
const calm = Object.fromEntries(view.categories.map(({ id }) => [id, 0]));
const lines = view.categories.find(({ id }) => id === "hate");
const band = (number: number) => number / 10 + 0.05;

function look(scores: Record<string, number>, passages: Parameters<typeof previewFromScores>[3] = []) {
  return previewFromScores(view, subject, { ...calm, ...scores }, passages);
}

test("low scores preview as published and count the rules that were not checked", () => {
  expect(look({})).toMatchObject({ outcome: "published", reasons: [], isBorderline: false, usedModel: true });
  expect(look({}).hiddenRules).toBe(view.rules_left_out);
});

test("a score in the band of a threshold is borderline, a higher one is not", () => {
  const hold = lines?.hold_band ?? 0;
  expect(look({ hate: band(hold) })).toMatchObject({ outcome: "held", isBorderline: true });
  const reject = lines?.reject_band ?? 9;
  if (reject > hold + 1)
    expect(look({ hate: band(hold + 1) })).toMatchObject({ outcome: "held", isBorderline: false });
  expect(look({ hate: band(hold - 1) }).outcome).toBe("published");
});

test("a flagged category gives the policy's message under the server's rule name", () => {
  expect(look({ hate: 1 }).reasons).toEqual([
    { rule: "score.hate", category: "hate", message: lines?.message, spans: [] },
  ]);
});

test("a reason marks the strongest window of its category, the first of equal ones", () => {
  const windows = [
    { start: 0, end: 25, scores: { ...calm, hate: 0.9 } },
    { start: 0, end: 13, scores: { ...calm, hate: 0.97 } },
    { start: 14, end: 25, scores: { ...calm, hate: 0.97 } },
  ];
  expect(look({ hate: 0.97 }, windows).reasons[0]?.spans).toEqual([{ start: 0, end: 13 }]);
});

test("a reason marks nothing if the whole text is the strongest window", () => {
  const windows = [
    { start: 0, end: 25, scores: { ...calm, hate: 0.97 } },
    { start: 0, end: 13, scores: { ...calm, hate: 0.9 } },
  ];
  expect(look({ hate: 0.97 }, windows).reasons[0]?.spans).toEqual([]);
});

test("the overall score marks its strongest window too", () => {
  const windows = [
    { start: 0, end: 13, scores: { any_harm: 0.1 } },
    { start: 14, end: 25, scores: { any_harm: 0.99 } },
  ];
  expect(look({ any_harm: 0.99 }, windows).reasons).toEqual([
    {
      ...{ rule: "score.any_harm", category: "any_harm", message: view.overall?.message },
      spans: [{ start: 14, end: 25 }],
    },
  ]);
});

test("a rule that fires is reported beside the scores, and makes the preview certain", () => {
  const text = { ...subject, body: "Guaranteed returns: invest $500 and get $5,000 within a week!" };
  const preview = previewFromScores(view, text, { ...calm, hate: band(lines?.hold_band ?? 0) }, []);
  expect(preview.outcome).toBe("held");
  expect(preview.isBorderline).toBe(false);
  expect(preview.reasons.map(({ rule }) => rule)).toEqual(["score.hate", "spam.investment_returns"]);
});

test("summaries contain bands and no scores", () => {
  expect(look({ hate: 0.4567 }).bands.hate).toBe(4);
});

function withCategory(id: string, change: object): PublicView {
  return {
    ...view,
    categories: view.categories.map((entry) => (entry.id === id ? { ...entry, ...change } : entry)),
  };
}

test("talk about dark thoughts previews as published, with words of help", () => {
  const changed = withCategory("self_harm", {
    hold_band: 8,
    support_band: 3,
    support_message: "Help is near.",
  });
  const preview = (scores: Record<string, number>) => {
    const { outcome, reasons } = previewFromScores(changed, subject, { ...calm, ...scores }, []);
    return [outcome, reasons.map(({ rule, message }) => `${rule}: ${message}`)];
  };
  const help = "score.self_harm: Help is near.";
  expect(preview({ self_harm: 0.45 })).toEqual(["published", [help]]);
  expect(preview({ self_harm: 0.45, any_harm: 1 })).toEqual(["published", [help]]);
  expect(preview({ self_harm: 0.35, spam: 0, sexual: 0.36, any_harm: 1 })[0]).toBe("held");
  expect(preview({ self_harm: 0.85 })[0]).toBe("held");
});

test("only people decide about a category that says so, whatever else would reject", () => {
  const changed = withCategory("sexual", { person_decides: true });
  const sure = { ...calm, hate: 1, any_harm: 1 };
  expect(previewFromScores(changed, subject, sure, []).outcome).toBe("rejected");
  expect(previewFromScores(changed, subject, { ...sure, sexual: 1 }, []).outcome).toBe("held");
});

test("a category that only the server judges gives no reason", () => {
  const { reasons, outcome } = look({ sexual_minors: 1 });
  expect([outcome, reasons]).toEqual(["published", []]);
});
