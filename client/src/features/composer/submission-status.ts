import { isProblem } from "../../platform/api/client";
import type { Decision } from "../../platform/api/types";
import { formatDateTime, formatMs } from "../../platform/browser/format";
import { joinSentences, type MessageKey, t } from "../../platform/i18n";
import { describeError } from "../../platform/state/error-messages";
import { extentOf, type Preview, type PreviewState } from "../previews/preview";
import { previewStatus, quietStatus, type Status, unjudgedLine } from "./preview-status";
import type { Phase } from "./submission";

/** Returns the status for a phase, so that the result appears where the preview was. */
export function statusOf(phase: Phase, state: PreviewState, hasText: boolean, mayAppeal = false): Status {
  switch (phase.name) {
    case "sending":
      return serverStatus("composer.submission.sending");
    case "waiting":
      return waitingStatus(phase.error, phase.seconds);
    case "failed":
      return failureStatus(phase.error);
    case "deciding":
      return serverStatus("composer.submission.deciding");
    case "decided":
      return decisionStatus(phase.decision, state.preview, mayAppeal);
    default:
      return previewStatus(state, hasText);
  }
}

function serverStatus(headline: MessageKey): Status {
  return { ...quietStatus(t(headline)), source: t("composer.submission.server") };
}

function waitingStatus(error: unknown, seconds: number): Status {
  const status = failureStatus(error);
  return {
    ...status,
    tone: "quiet",
    headline: t("composer.submission.waiting", { seconds }),
    notes: [status.headline, t("composer.submission.waiting_note")],
  };
}

function failureStatus(error: unknown): Status {
  const { title, detail } = describeError(error, t("composer.text_kept"));
  const mayHaveArrived = isProblem(error) && error.unreachable;
  return {
    tone: "problem",
    source: t(mayHaveArrived ? "composer.submission.not_confirmed" : "composer.submission.not_sent"),
    headline: title,
    reasons: [],
    notes: mayHaveArrived ? [detail, t("composer.submission.safe_to_retry")] : [detail],
  };
}

/** Returns the status of a decision: who decided, the outcome, the next step, and any difference to the preview. */
export function decisionStatus(decision: Decision, preview: Preview | null, mayAppeal: boolean): Status {
  const { outcome, reasons } = decision;
  const notes = [
    outcome === "published" ? t("composer.decision.visible") : "",
    decision.unjudged ? unjudgedLine(decision.unjudged_languages ?? []) : "",
    decision.unjudged && outcome === "published" ? t("composer.unjudged.published") : "",
    nextStep(decision, mayAppeal),
    difference(decision, preview),
  ];
  const status = { source: "", headline: headlineOf(decision), reasons, notes: notes.filter(Boolean) };
  const extent = decision.reading && extentOf(decision.reading);
  return {
    tone: outcome,
    ...status,
    ...(extent?.unread ? { extent: { ...extent, isReading: false, canReadOn: false } } : {}),
  };
}

function headlineOf({ decided_by, took_ms, outcome }: Decision): string {
  if (decided_by === "person") return t("composer.decision.by_moderator", { outcome });
  if (!took_ms) return t("composer.decision.by_server", { outcome });
  return t("composer.decision.by_server_in", { outcome, duration: formatMs(took_ms) });
}

/** Says what happens next, and until when the author can appeal. */
export function nextStep(decision: Decision, mayAppeal: boolean): string {
  const step = nextStepKey(decision);
  if (!step) return "";
  const { appeal_until } = decision;
  const appeal = mayAppeal && appeal_until;
  return appeal
    ? joinSentences(t(step), t("composer.next.appeal", { until: formatDateTime(appeal_until) }))
    : t(step);
}

function nextStepKey({ outcome, failure_mode }: Decision): MessageKey | null {
  if (failure_mode && failure_mode !== "local") return "composer.next.check_failed";
  if (outcome === "held") return "composer.next.held";
  return outcome === "rejected" ? "composer.next.rejected" : null;
}

/** Says that preview and decision differ, and why; empty if they agree, and for a preview that promised nothing. */
function difference(decision: Decision, preview: Preview | null): string {
  if (!preview || preview.outcome === decision.outcome) return "";
  const { tier, outcome, extent } = preview;
  if (outcome === "published" && extent.unread > 0) return "";
  return joinSentences(
    t("composer.difference.preview", { tier, outcome }),
    t(differenceKey(decision, preview)),
  );
}

function differenceKey(decision: Decision, preview: Preview): MessageKey {
  if (decision.decided_by === "person") return "composer.difference.moderator";
  if (decision.failure_mode === "local") return "composer.difference.local_fallback";
  if (decision.failure_mode) return "composer.difference.check_failed";
  if (decision.policy && decision.policy.digest !== preview.policy.digest) {
    return "composer.difference.policy_changed";
  }
  if (preview.tier === 2) return "composer.difference.other_model";
  if (preview.tier === 3) return "composer.difference.server_changed";
  if (preview.tier === 1 && decision.model && preview.model && decision.model !== preview.model) {
    return "composer.difference.model_version";
  }
  if (preview.isBorderline) return "composer.difference.borderline";
  return preview.usedModel
    ? "composer.difference.hidden_rules"
    : "composer.difference.hidden_rules_and_model";
}
