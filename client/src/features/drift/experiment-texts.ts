import {
  formatList,
  formatMs,
  formatNumber,
  formatPercent,
  formatSigned,
} from "../../platform/browser/format";
import { type MessageKey, t } from "../../platform/i18n";
import type { Comparison, Experiment, ExperimentGroup } from "./drift-api";

/** Smallest group that is compared; FEWEST_PEOPLE in services/gateway/drift/intervals.py. */
const FEWEST_PEOPLE = 30;
const NO_VALUE = "–";

interface MeasureTexts {
  title: MessageKey;
  counts: MessageKey;
}

const MEASURES: Readonly<Record<string, MeasureTexts>> = {
  refused: {
    title: "drift.experiment.measure.refused",
    counts: "drift.experiment.measure.refused.counts",
  },
  questions: {
    title: "drift.experiment.measure.questions",
    counts: "drift.experiment.measure.questions.counts",
  },
  tokens: { title: "drift.experiment.measure.tokens", counts: "drift.experiment.measure.tokens.counts" },
  seconds: { title: "drift.experiment.measure.seconds", counts: "drift.experiment.measure.seconds.counts" },
  changes: { title: "drift.experiment.measure.changes", counts: "drift.experiment.measure.changes.counts" },
};

/** The name of a measure; the server's own text for one that this page does not know. */
export function measureTitle({ measure, title }: Comparison): string {
  const texts = MEASURES[measure];
  return texts ? t(texts.title) : title;
}

/** An explanation of what a measure counts; the server's own text for an unknown one. */
export function measureCounts({ measure, counts }: Comparison): string {
  const texts = MEASURES[measure];
  return texts ? t(texts.counts) : counts;
}

const ARM_LABELS: Record<ExperimentGroup["arm"], MessageKey> = {
  trial_with: "drift.experiment.group.trial_with",
  trial_without: "drift.experiment.group.trial_without",
  hybrid: "drift.experiment.group.hybrid",
  server_only: "drift.experiment.group.server_only",
};

export const armLabel = ({ arm }: ExperimentGroup): string => t(ARM_LABELS[arm]);

/** The result of the experiment, and what the operator should do. */
export function verdictText({ verdict, arms, comparisons }: Experiment): string {
  const count = (name: ExperimentGroup["arm"], what: "people" | "submits") =>
    arms.find(({ arm }) => arm === name)?.[what] ?? 0;
  const submissions = { with: count("trial_with", "submits"), without: count("trial_without", "submits") };
  const measures = (finding: Comparison["finding"]) =>
    formatList(comparisons.filter((comparison) => comparison.finding === finding).map(measureTitle));
  switch (verdict) {
    case "helps":
      return t("drift.experiment.verdict.helps", { ...submissions, measures: measures("better") });
    case "harms":
      return t("drift.experiment.verdict.harms", { ...submissions, measures: measures("worse") });
    case "no_benefit_shown":
      return t("drift.experiment.verdict.no_benefit_shown", submissions);
    case "not_enough":
      return t("drift.experiment.verdict.not_enough", {
        with: count("trial_with", "people"),
        without: count("trial_without", "people"),
        needed: FEWEST_PEOPLE,
      });
    case "nothing_to_compare":
      return t("drift.experiment.verdict.nothing_to_compare");
  }
}

const FINDINGS: Record<Comparison["finding"], MessageKey> = {
  better: "drift.experiment.finding.better",
  worse: "drift.experiment.finding.worse",
  no_difference_shown: "drift.experiment.finding.no_difference_shown",
  not_enough: "drift.experiment.finding.not_enough",
  description: "drift.experiment.finding.description",
};

/** The finding of a comparison, with the saving if previews do better. */
export function findingText(comparison: Comparison): string {
  const finding = t(FINDINGS[comparison.finding]);
  const saving = savingOf(comparison);
  return saving === "" ? finding : t("drift.experiment.finding_with_saving", { finding, saving });
}

function savingOf({ measure, saved, finding }: Comparison): string {
  if (saved === null || finding !== "better") return "";
  if (measure === "seconds")
    return t("drift.experiment.saving.duration", { duration: formatMs(saved * 1000) });
  return t("drift.experiment.saving.amount", { amount: formatNumber(saved) });
}

/** A value in the unit of its measure. */
export function formatMeasure(measure: string, value: number | null | undefined): string {
  if (value === null || value === undefined) return NO_VALUE;
  if (measure === "refused") return formatPercent(value);
  if (measure === "seconds") return formatMs(value * 1000);
  return formatNumber(value, digitsOf(value));
}

/** The difference with its interval, in the unit of the measure. */
export function differenceOf({ measure, difference, low, high }: Comparison): string {
  if (difference === null || low === null || high === null) return NO_VALUE;
  const [middle, from, to] = [difference, low, high].map((value) => formatDifference(measure, value));
  return t("drift.experiment.difference_value", {
    difference: middle ?? "",
    low: from ?? "",
    high: to ?? "",
  });
}

function formatDifference(measure: string, value: number): string {
  if (measure === "refused")
    return t("drift.experiment.points", {
      points: formatSigned(value * 100, Math.abs(value) < 0.0995 ? 1 : 0),
    });
  if (measure === "seconds") return formatMs(value * 1000, "exceptZero");
  return formatSigned(value, digitsOf(value));
}

function digitsOf(value: number): number {
  return Math.abs(value) >= 100 ? 0 : 2;
}
