import type { Outcome, PostState } from "../../platform/api/types";
import { type MessageKey, t } from "../../platform/i18n";
import { errorLine } from "../../platform/state/error-messages";
import { UNDO_MS } from "./undo-window";

/** A moderator's decision about a post, and the reason that the author reads. */
export interface ReviewDecision {
  outcome: Outcome;
  reason: string;
}

/** State of a post in the queue. An open post may carry a note, or the error that kept it from being decided. */
export type Stage =
  | { name: "open"; note?: MessageKey; error?: unknown }
  | { name: "waiting" | "sending"; decision: ReviewDecision }
  | { name: "sent"; decision: ReviewDecision; sequence: number }
  | { name: "gone"; note: MessageKey };

export const OPEN_STAGE: Stage = { name: "open" };

const WAITING: Record<Outcome, MessageKey> = {
  published: "review.stage.waiting_published",
  held: "review.stage.waiting_held",
  rejected: "review.stage.waiting_rejected",
};
const SENT: Record<Outcome, MessageKey> = {
  published: "review.stage.sent_published",
  held: "review.stage.sent_held",
  rejected: "review.stage.sent_rejected",
};
const GONE: Record<PostState, MessageKey> = {
  held: "review.stage.gone",
  pending: "review.stage.gone_pending",
  published: "review.stage.gone_published",
  rejected: "review.stage.gone_rejected",
  withdrawn: "review.stage.gone_withdrawn",
};

/** The note on a post that has left the queue. */
export function goneNote(state: PostState): MessageKey {
  return GONE[state];
}

/** The text that replaces the buttons, or is shown above them while the post is open. */
export function stageText(stage: Stage): string {
  switch (stage.name) {
    case "waiting":
      return t(WAITING[stage.decision.outcome], { seconds: UNDO_MS / 1000 });
    case "sending":
      return t("review.stage.sending");
    case "sent":
      return t(SENT[stage.decision.outcome]);
    case "gone":
      return t(stage.note);
    case "open":
      if (stage.error !== undefined) return errorLine(stage.error, t("review.stage.undecided"));
      return stage.note ? t(stage.note) : "";
  }
}
