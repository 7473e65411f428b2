import type { Outcome, Reason } from "../../platform/api/types";
import { bandOf, type Leaning, leanings, SEVERITY } from "../../policy/bands";
import type { PublicView } from "../../policy/public-view";
import { preview } from "../../policy/rules";
import { judgedText, type Preview, type Subject } from "./preview";

type Scores = Readonly<Record<string, number>>;

/** A part of the text, in code points, with what a model says of it alone. */
export interface Passage {
  start: number;
  end: number;
  scores: Scores;
}

type Scored = Pick<
  Preview,
  "outcome" | "reasons" | "near" | "hiddenRules" | "modelLooked" | "policy" | "bands"
>;

const ANY_HARM = "any_harm";
const OUTCOME = { hold: "held", reject: "rejected" } as const;

/**
 * Rules and scores together, as the server puts them together (`decide` in services/moderation/domain.py), with the
 * tenths of the scale in the place of the thresholds.
 *
 * @param passages marked where a category speaks and no rule has named the words
 */
export function scored(
  view: PublicView,
  subject: Subject,
  scores: Scores,
  passages: readonly Passage[],
): Scored {
  const rules = preview(view, judgedText(subject.title, subject.body));
  const asking = leanings(view.categories, scores);
  const any = asking.length === 0 ? anyHarm(view, scores) : null;
  const outcomes: Outcome[] = [
    rules.verdict,
    ...asking.map(({ outcome }) => outcome),
    any?.outcome ?? "published",
  ];
  const outcome = outcomes.reduce((a, b) => (SEVERITY[b] > SEVERITY[a] ? b : a));
  const sure = rules.verdict === outcome || asking.some((one) => one.outcome === outcome && !one.near);
  const grounds = [
    ...rules.hits.map((hit) => ({ outcome: OUTCOME[hit.outcome], reason: hit })),
    ...asking.map(({ category, outcome }) => ({ outcome, reason: reasonOf(view, category, passages) })),
    ...(any ? [any] : []),
  ].sort((a, b) => SEVERITY[b.outcome] - SEVERITY[a.outcome] || (a.reason.rule < b.reason.rule ? -1 : 1));
  return {
    outcome,
    reasons: grounds.map(({ reason }) => reason),
    near: outcome !== "published" && !sure && (any?.near ?? true),
    hiddenRules: rules.notChecked.rules,
    modelLooked: true,
    policy: { digest: view.digest, version: view.version },
    bands: Object.fromEntries(Object.entries(scores).map(([name, score]) => [name, bandOf(score)])),
  };
}

function reasonOf(view: PublicView, category: string, passages: readonly Passage[]): Reason {
  const entry = view.categories.find(({ id }) => id === category);
  const speaking = passages.filter(({ scores }) => leanings(view.categories, scores).some(says(category)));
  const spans = speaking.map(({ start, end }) => ({ start, end }));
  return { rule: `score.${category}`, category, message: entry?.message ?? "", spans };
}

function says(category: string): (leaning: Leaning) => boolean {
  return (leaning) => leaning.category === category;
}

/** The score over all categories holds where no category has a word. */
function anyHarm(view: PublicView, scores: Scores) {
  const [overall, score] = [view.overall, scores[ANY_HARM]];
  if (!overall || score === undefined || bandOf(score) < overall.hold_band) return null;
  const reason = { rule: `score.${ANY_HARM}`, category: ANY_HARM, message: overall.message, spans: [] };
  return { outcome: "held" as const, near: bandOf(score) === overall.hold_band, reason };
}
