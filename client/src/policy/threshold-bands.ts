import type { PublicView } from "./public-view";

/** Number of score bands. A browser knows only the band of each threshold (`shared/policy/threshold_bands.py`). */
const BANDS = 10;

/**
 * A category's outcome for its score. `published`: the text is shown, and its author reads where help is. `near`: the
 * score is in the threshold's band, so the decision may differ.
 */
export interface FlaggedCategory {
  category: string;
  outcome: "published" | "held" | "rejected";
  near: boolean;
}

type Thresholds = Pick<
  PublicView["categories"][number],
  "id" | "hold_band" | "reject_band" | "reject_any_harm_band" | "support_band"
>;

/** The score over all categories of harm. */
export const ANY_HARM = "any_harm";

/** The outcome with the higher severity prevails. */
export const SEVERITY = { published: 0, held: 1, rejected: 2 } as const;

/** Returns the band, 0 to 9, of a score from 0 to 1. */
export function bandOf(score: number): number {
  return Math.max(0, Math.min(BANDS - 1, Math.trunc(score * BANDS)));
}

/** Returns the categories whose score reaches the band of a threshold: most severe first, then by category. */
export function flaggedCategories(
  categories: readonly Thresholds[],
  scores: Readonly<Partial<Record<string, number>>>,
): FlaggedCategory[] {
  const anyHarm = bandOf(scores[ANY_HARM] ?? 0);
  return categories
    .flatMap((entry) => {
      const score = scores[entry.id];
      return score === undefined ? [] : flagged(entry, bandOf(score), anyHarm);
    })
    .sort(
      (a, b) =>
        SEVERITY[b.outcome] - SEVERITY[a.outcome] ||
        Number(a.near) - Number(b.near) ||
        (a.category < b.category ? -1 : 1),
    );
}

/** Returns at most one outcome; none for a category that only the server judges. */
function flagged(entry: Thresholds, band: number, anyHarm: number): FlaggedCategory[] {
  const { id: category, hold_band, reject_band, reject_any_harm_band: needed, support_band } = entry;
  if (hold_band === null) return [];
  if (reject_band !== null && band >= reject_band && anyHarm >= (needed ?? 0)) {
    return [{ category, outcome: "rejected", near: band === reject_band || anyHarm === needed }];
  }
  if (band >= hold_band) return [{ category, outcome: "held", near: band === hold_band }];
  if (support_band != null && band >= support_band) {
    return [{ category, outcome: "published", near: band === support_band }];
  }
  return [];
}
