import type { Outcome, Reason } from "../../platform/api/types";
import type { PublicView } from "../../policy/public-view";
import { evaluateRules } from "../../policy/rules";
import { bandOf, type FlaggedCategory, flaggedCategories, SEVERITY } from "../../policy/threshold-bands";
import { judgedText, type Preview, type Subject } from "./preview";

type Scores = Readonly<Record<string, number>>;

/** A part of the text, in code points, with the model's scores for that part alone. */
export interface Passage {
  start: number;
  end: number;
  scores: Scores;
}

type ScoredPreview = Pick<
  Preview,
  "outcome" | "reasons" | "isBorderline" | "hiddenRules" | "usedModel" | "policy" | "bands"
>;

const ANY_HARM = "any_harm";
const OUTCOME = { hold: "held", reject: "rejected" } as const;

/**
 * Combines rules and scores as the server does (`decide` in services/moderation/domain.py), with score bands in place
 * of the exact thresholds.
 *
 * @param passages scored parts of the text, highlighted for the categories that they are flagged for
 */
export function previewFromScores(
  view: PublicView,
  subject: Subject,
  scores: Scores,
  passages: readonly Passage[],
): ScoredPreview {
  const rules = evaluateRules(view, judgedText(subject.title, subject.body));
  const flagged = flaggedCategories(view.categories, scores);
  const any = flagged.length === 0 ? anyHarm(view, scores) : null;
  const outcomes: Outcome[] = [
    rules.outcome,
    ...flagged.map(({ outcome }) => outcome),
    any?.outcome ?? "published",
  ];
  const outcome = outcomes.reduce((a, b) => (SEVERITY[b] > SEVERITY[a] ? b : a));
  const sure = rules.outcome === outcome || flagged.some((one) => one.outcome === outcome && !one.near);
  const grounds = [
    ...rules.hits.map((hit) => ({ outcome: OUTCOME[hit.outcome], reason: hit })),
    ...flagged.map(({ category, outcome }) => ({ outcome, reason: reasonOf(view, category, passages) })),
    ...(any ? [any] : []),
  ].sort((a, b) => SEVERITY[b.outcome] - SEVERITY[a.outcome] || (a.reason.rule < b.reason.rule ? -1 : 1));
  return {
    outcome,
    reasons: grounds.map(({ reason }) => reason),
    isBorderline: outcome !== "published" && !sure && (any?.near ?? true),
    hiddenRules: rules.notChecked.rules,
    usedModel: true,
    policy: { digest: view.digest, version: view.version },
    bands: Object.fromEntries(Object.entries(scores).map(([name, score]) => [name, bandOf(score)])),
  };
}

function reasonOf(view: PublicView, category: string, passages: readonly Passage[]): Reason {
  const entry = view.categories.find(({ id }) => id === category);
  const passagesOfCategory = passages.filter(({ scores }) =>
    flaggedCategories(view.categories, scores).some(isCategory(category)),
  );
  const spans = passagesOfCategory.map(({ start, end }) => ({ start, end }));
  return { rule: `score.${category}`, category, message: entry?.message ?? "", spans };
}

function isCategory(category: string): (flagged: FlaggedCategory) => boolean {
  return (flagged) => flagged.category === category;
}

/** Returns the hold by the overall score, which counts only if no category is flagged. */
function anyHarm(view: PublicView, scores: Scores) {
  const [overall, score] = [view.overall, scores[ANY_HARM]];
  if (!overall || score === undefined || bandOf(score) < overall.hold_band) return null;
  const reason = { rule: `score.${ANY_HARM}`, category: ANY_HARM, message: overall.message, spans: [] };
  return { outcome: "held" as const, near: bandOf(score) === overall.hold_band, reason };
}
