import type { Outcome, Reason } from "../../platform/api/types";
import type { Span } from "../../policy/normalize";
import type { PublicView } from "../../policy/public-view";
import { evaluateRules, type RuleEvaluation } from "../../policy/rules";
import {
  ANY_HARM,
  bandOf,
  type FlaggedCategory,
  flaggedCategories,
  SEVERITY,
} from "../../policy/threshold-bands";
import { judgedText, type Preview, type Subject } from "./preview";

type Scores = Readonly<Record<string, number>>;

/** A window of the text, in code points, with the model's scores for it. */
export interface ScoredWindow {
  start: number;
  end: number;
  scores: Scores;
}

type ScoredPreview = Pick<
  Preview,
  "outcome" | "reasons" | "isBorderline" | "hiddenRules" | "usedModel" | "policy" | "bands"
>;

const OUTCOME = { support: "published", hold: "held", reject: "rejected" } as const;

/**
 * Combines rules and scores as the server does (`decide` in services/moderation/domain.py), with score bands in place
 * of the exact thresholds.
 *
 * @param windows what the scores are the maximum of; a reason marks the strongest one. None: nothing is marked
 */
export function previewFromScores(
  view: PublicView,
  subject: Subject,
  scores: Scores,
  windows: readonly ScoredWindow[],
): ScoredPreview {
  const rules = evaluateRules(view, judgedText(subject.title, subject.body));
  const flagged = flaggedCategories(view.categories, scores);
  const harmless = flagged.every((one) => one.outcome === "published");
  const any = harmless ? anyHarm(view, scores, flagged, windows) : null;
  const outcomes: Outcome[] = [
    rules.outcome,
    ...flagged.map(({ outcome }) => outcome),
    any?.outcome ?? "published",
  ];
  const strongest = outcomes.reduce((a, b) => (SEVERITY[b] > SEVERITY[a] ? b : a));
  const outcome = strongest === "rejected" && personDecides(view, rules, flagged) ? "held" : strongest;
  const sure = rules.outcome === outcome || flagged.some((one) => one.outcome === outcome && !one.near);
  const grounds = [
    ...rules.hits.map((hit) => ({ outcome: OUTCOME[hit.outcome], reason: hit })),
    ...flagged.map((one) => ({ outcome: one.outcome, reason: reasonOf(view, one, windows) })),
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

/** Returns whether a category has fired of which only people decide. */
function personDecides(
  view: PublicView,
  rules: RuleEvaluation,
  flagged: readonly FlaggedCategory[],
): boolean {
  const fired = new Set([...rules.hits, ...flagged].map(({ category }) => category));
  return view.categories.some((entry) => entry.person_decides === true && fired.has(entry.id));
}

function reasonOf(
  view: PublicView,
  { category, outcome }: FlaggedCategory,
  windows: readonly ScoredWindow[],
): Reason {
  const entry = view.categories.find(({ id }) => id === category);
  const message = outcome === "published" ? entry?.support_message : entry?.message;
  return {
    rule: `score.${category}`,
    category,
    message: message ?? "",
    spans: strongestOf(windows, category),
  };
}

/** Returns the window with the highest score, the first of equal ones; nothing if that is the whole text. */
export function strongestOf(windows: readonly ScoredWindow[], category: string): Span[] {
  const score = (window: ScoredWindow) => window.scores[category] ?? 0;
  const [first, ...others] = windows;
  if (!first) return [];
  const { start, end } = others.reduce(
    (best, window) => (score(window) > score(best) ? window : best),
    first,
  );
  const isWhole = windows.every((window) => window.start >= start && window.end <= end);
  return isWhole ? [] : [{ start, end }];
}

/**
 * Returns the hold by the overall score. It counts only if no category holds, and if the highest score is not that of a
 * category that offers help: help does not hide a text.
 */
function anyHarm(
  view: PublicView,
  scores: Scores,
  flagged: readonly FlaggedCategory[],
  windows: readonly ScoredWindow[],
) {
  const [overall, score] = [view.overall, scores[ANY_HARM]];
  if (!overall || score === undefined || bandOf(score) < overall.hold_band) return null;
  const highest = highestOf(view, scores);
  if (flagged.some(({ category }) => category === highest)) return null;
  const spans = strongestOf(windows, ANY_HARM);
  const reason = { rule: `score.${ANY_HARM}`, category: ANY_HARM, message: overall.message, spans };
  return { outcome: "held" as const, near: bandOf(score) === overall.hold_band, reason };
}

function highestOf(view: PublicView, scores: Scores): string {
  const named = view.categories.map(({ id }) => ({ id, score: scores[id] ?? -1 }));
  named.sort((a, b) => b.score - a.score || (a.id > b.id ? -1 : 1));
  return named[0]?.id ?? "";
}
