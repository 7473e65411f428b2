import type { PublicView } from "./public-view";

/** Number of score bands. A browser knows only the band of each threshold (`shared/policy/threshold_bands.py`). */
const BANDS = 10;

/** A category's outcome for its score. `near`: the score is in the threshold's band, so the decision may differ. */
export interface FlaggedCategory {
  category: string;
  outcome: "published" | "held" | "rejected";
  near: boolean;
}

type Thresholds = Pick<PublicView["categories"][number], "id" | "hold_band" | "reject_band">;

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
  return categories
    .flatMap((entry) => {
      const score = scores[entry.id];
      return score === undefined ? [] : [flagged(entry, bandOf(score))];
    })
    .filter(({ outcome }) => outcome !== "published")
    .sort(
      (a, b) =>
        SEVERITY[b.outcome] - SEVERITY[a.outcome] ||
        Number(a.near) - Number(b.near) ||
        (a.category < b.category ? -1 : 1),
    );
}

function flagged({ id, hold_band, reject_band }: Thresholds, band: number): FlaggedCategory {
  if (reject_band !== null && band >= reject_band)
    return { category: id, outcome: "rejected", near: band === reject_band };
  if (band >= hold_band) return { category: id, outcome: "held", near: band === hold_band };
  return { category: id, outcome: "published", near: false };
}
