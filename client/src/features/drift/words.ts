import type { ArmReport, By, Comparison, Group, Share } from "./reports";

/** `12%`; below ten with one digit, so that one in a thousand is not nothing. */
export function percent(share: number): string {
  const hundredths = share * 100;
  // Where one digit would say nothing, none does.
  const digits = hundredths >= 0.05 && hundredths < 9.95 ? 1 : 0;
  return `${hundredths.toFixed(digits)}%`;
}

/** The number to read first. */
export function headline({ of, share, enough }: Share): string {
  if (of === 0) return "No data yet";
  return enough && share !== null ? percent(share) : "Not enough data";
}

/** What the number is made of, and how far it can be trusted. */
export function basis({ count, of, low, high, enough }: Share): string {
  if (of === 0 || low === null || high === null) return "Nothing to count in this time.";
  const counted = `${count} of ${of}`;
  if (!enough) return `${counted}: that could still mean anything from ${percent(low)} to ${percent(high)}.`;
  return `${counted}; with 95% certainty between ${percent(low)} and ${percent(high)}.`;
}

const TIERS: Record<string, string> = {
  0: "Rules on the device",
  1: "Model on the device",
  2: "Own key",
  3: "Server check",
};
/** Enough of a digest to tell two apart. */
const DIGITS = 8;

/** What a group is called: a tier, or the two sides of a pair. */
export function nameOf({ preview, decision }: Group, by: By): string {
  if (by === "tier") return TIERS[preview] ?? preview;
  const left = short(preview) || "no model";
  const right = short(decision) || "no model";
  return left === right ? `${left} on both sides` : `${left} → ${right}`;
}

function short(name: string): string {
  return /^[0-9a-f]{64}$/.test(name) ? name.slice(0, DIGITS) : name;
}

const FINDINGS: Record<Comparison["finding"], string> = {
  better: "Better with previews",
  worse: "Worse with previews",
  no_difference_shown: "No difference shown",
  not_enough: "Not enough people",
  description: "For information",
};

export const findingOf = ({ finding }: Comparison): string => FINDINGS[finding];

/** A value in the measure's own unit. */
export function formatMeasure(measure: string, value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (measure === "refused") return percent(value);
  if (measure === "seconds") return duration(value);
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}

/** The difference with its interval, in the measure's own unit. */
export function differenceOf({ measure, difference, low, high }: Comparison): string {
  if (difference === null || low === null || high === null) return "–";
  return `${signed(measure, difference)} (${signed(measure, low)} to ${signed(measure, high)})`;
}

export function savedOf({ measure, saved, finding }: Comparison): string {
  if (saved === null || finding !== "better") return "";
  if (measure === "seconds") return `${duration(saved)} less in all`;
  return `${Math.round(saved)} fewer in all`;
}

function signed(measure: string, value: number): string {
  const size = formatMeasure(measure, Math.abs(value));
  const unit = measure === "refused" ? size.replace("%", " points") : size;
  return size === formatMeasure(measure, 0) ? unit : `${value < 0 ? "−" : "+"}${unit}`;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  if (seconds < 3600) return `${(seconds / 60).toFixed(1)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

const GROUPS: Record<ArmReport["arm"], string> = {
  trial_with: "With previews, by chance",
  trial_without: "Without previews, by chance",
  hybrid: "Previews for everybody",
  server_only: "No previews for anybody",
};

export const groupName = ({ arm }: ArmReport): string => GROUPS[arm];

export const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
