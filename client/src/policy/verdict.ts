import { NORMALIZER_VERSION } from "./normalize";
import type { PublicView } from "./public-view";
import { match, type RuleHit } from "./rules";

export type Verdict = "published" | "held" | "rejected";

/** What tier 0, the public rules, can say about a text. It binds nobody. */
export interface RulePreview {
  /** What is likely to happen, as far as the public rules know. */
  verdict: Verdict;
  /** Strongest first, then by rule id: the order of the decision's reasons. */
  hits: RuleHit[];
  notChecked: {
    /** Rules that only the server has. */
    rules: number;
    /** Titles of what only a model judges, none of which was looked at here. */
    categories: string[];
  };
}

/** Thrown for a view whose patterns expect another normaliser: a wrong preview is worse than none. */
export class UnknownNormalizer extends Error {
  constructor(readonly version: number) {
    super(`This page cannot read policies for normaliser ${version}.`);
  }
}

/** What the public rules say about a text (`judgedText`: title, blank line, body). */
export function preview(view: PublicView, text: string): RulePreview {
  if (view.normalizer !== NORMALIZER_VERSION) throw new UnknownNormalizer(view.normalizer);
  const hits = match(view, text);
  const [rejecting, holding] = [bySeverity(hits, "reject"), bySeverity(hits, "hold")];
  return {
    verdict: rejecting.length > 0 ? "rejected" : holding.length > 0 ? "held" : "published",
    hits: [...rejecting, ...holding],
    notChecked: { rules: view.rules_left_out, categories: view.categories.map(({ title }) => title) },
  };
}

function bySeverity(hits: readonly RuleHit[], outcome: RuleHit["outcome"]): RuleHit[] {
  return hits.filter((hit) => hit.outcome === outcome);
}
