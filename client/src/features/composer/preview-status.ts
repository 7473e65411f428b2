import type { Outcome, Reason } from "../../platform/api/types";
import { formatLanguage, formatList } from "../../platform/browser/format";
import { t } from "../../platform/i18n";
import { type Extent, type Preview, type PreviewState, type Tier, tierName } from "../previews/preview";

export type Tone = "quiet" | "published" | "held" | "rejected" | "problem";

/** The content of the status bar below the text. */
export interface Status {
  tone: Tone;
  /** The tier of the active preview; absent for the official result, and while there is no preview. */
  tier?: Tier;
  /** The name of the tier or service behind the headline; empty if the headline names it. */
  source: string;
  headline: string;
  reasons: Reason[];
  notes: string[];
  /** The server's signed statement about exactly this text. */
  receipt?: string;
  /**
   * How much of the text was read; absent when all of it was. `isReading`: the rest is being read now; `canReadOn`: it
   * can be read on request.
   */
  extent?: Extent & { isReading: boolean; canReadOn: boolean };
}

/** Returns a status with one line that asks for no attention. */
export function quietStatus(headline: string): Status {
  return { tone: "quiet", source: "", headline, reasons: [], notes: [] };
}

/** Returns the status while the user writes. */
export function previewStatus(state: PreviewState, hasText: boolean): Status {
  const { preview, running } = state;
  if (!hasText) return { ...quietStatus(t("composer.preview.start")), tier: 0, source: tierName(0) };
  if (!preview) {
    const headline = running.length > 0 ? t("composer.preview.checking") : t("composer.preview.none");
    return {
      ...quietStatus(headline),
      source: runningLabel(running),
      notes: [state.problem, t("composer.preview.can_post")].filter(Boolean),
    };
  }
  const { outcome, tier } = preview;
  return {
    tone: outcome === "published" ? "quiet" : outcome,
    tier,
    source: sourceLabel(tier, running),
    headline: headlineOf(preview),
    reasons: preview.reasons,
    notes: notesOf(state, preview),
    ...(preview.receipt ? { receipt: preview.receipt } : {}),
    ...(preview.extent.unread > 0
      ? { extent: { ...preview.extent, isReading: running.includes(tier), canReadOn: tier === 1 } }
      : {}),
  };
}

function headlineOf({ outcome, isBorderline, extent, unjudged }: Preview): string {
  if (outcome === "published" && unjudged) return unjudgedLine(unjudged.languages);
  // Nobody knows what the rest would be.
  if (outcome === "published" && extent.unread > 0) return t("composer.preview.nothing_found");
  return isBorderline ? t("composer.preview.borderline", { outcome }) : likelyOutcome(outcome);
}

/** Says that nobody checks these languages. */
export function unjudgedLine(languages: readonly string[]): string {
  return t("composer.unjudged.line", { languages: formatList(languages.map(formatLanguage)) });
}

function likelyOutcome(outcome: Outcome): string {
  return t("composer.preview.likely", { outcome });
}

function notesOf({ stricter, problem }: PreviewState, preview: Preview): string[] {
  const { outcome, isBorderline, remark, unjudged } = preview;
  // Without a warning the status bar shows few notes, so that its height does not change.
  const isFine = outcome === "published";
  return [
    isBorderline && !isFine ? t("composer.preview.borderline_note", { outcome }) : "",
    remark && !isFine ? t("composer.preview.model_comment", { comment: remark }) : "",
    stricter ? t("composer.preview.stricter", { tier: stricter.tier, outcome: stricter.outcome }) : "",
    unjudged && isFine ? t("composer.unjudged.published") : "",
    unjudged && !isFine ? unjudgedLine(unjudged.languages) : "",
    coverageNote(preview),
    problem,
  ].filter(Boolean);
}

/** Says which rules and models did not take part in this preview. */
function coverageNote({ tier, hiddenRules: count, usedModel }: Preview): string {
  if (tier === 3) return t("composer.preview.checked_by_server");
  // A provider's model is not the server's model.
  if (!usedModel || tier === 2) return t("composer.preview.not_checked.rules_and_model", { count });
  return count > 0 ? t("composer.preview.not_checked.rules", { count }) : "";
}

function sourceLabel(tier: Tier, running: readonly Tier[]): string {
  const [source, label] = [tierName(tier), runningLabel(running)];
  return label ? t("composer.status.source_and_running", { source, running: label }) : source;
}

function runningLabel(running: readonly Tier[]): string {
  if (running.includes(3)) return t("composer.preview.running.server");
  if (running.includes(2)) return t("composer.preview.running.own_provider");
  return "";
}
