import { formatPercent } from "../../platform/browser/format";
import { type MessageKey, t } from "../../platform/i18n";
import type { Group, Grouping, Share } from "./drift-api";

/** The share as a percentage, or the reason why there is none. */
export function shareHeadline({ of, share, enough, withheld }: Share): string {
  if (withheld) return t("drift.headline.withheld");
  if (of === 0) return t("drift.headline.none");
  return enough && share !== null ? formatPercent(share) : t("drift.headline.too_few");
}

/** The counts behind a share, and its confidence interval. */
export function shareBasis({ count, of, low, high, enough, withheld }: Share): string {
  if (withheld) return t("drift.basis.withheld");
  if (of === 0 || low === null || high === null) return t("drift.basis.empty");
  const values = { count, of, low: formatPercent(low), high: formatPercent(high) };
  return enough ? t("drift.basis.enough", values) : t("drift.basis.too_few", values);
}

const TIERS: Readonly<Record<string, MessageKey>> = {
  0: "drift.tier.rules",
  1: "drift.tier.device",
  2: "drift.tier.own_key",
  3: "drift.tier.server",
};
/** Enough digits of a digest to tell two apart. */
const DIGITS = 8;

/** The name of a group: a tier, or a pair of policies or models. */
export function groupLabel({ preview, decision }: Group, by: Grouping): string {
  if (by === "tier") {
    const tier = TIERS[preview];
    return tier ? t(tier) : preview;
  }
  const left = shortName(preview);
  const right = shortName(decision);
  return left === right
    ? t("drift.pair.both", { name: left })
    : t("drift.pair.different", { preview: left, decision: right });
}

function shortName(name: string): string {
  if (name === "") return t("drift.pair.no_model");
  return /^[0-9a-f]{64}$/.test(name) ? name.slice(0, DIGITS) : name;
}
