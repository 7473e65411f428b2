import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { REASON_LIMIT } from "../../platform/api/posts";
import type { QueueItem } from "../../platform/api/types";
import { rich, t } from "../../platform/i18n";
import { decideWithDefaultReason, itemId } from "./keyboard-shortcuts";
import { suggestedReasons } from "./reason-and-score-texts";
import type { ReviewQueue } from "./review-queue";
import { stageText } from "./review-stage";

/** The buttons to decide on a post, or the state of a decision in their place. */
export function ReviewActions({ queue, item }: { queue: ReviewQueue; item: QueueItem }) {
  const { id } = item.post;
  const stage = queue.stageOf(id);
  const text = stageText(stage);
  if (stage.name !== "open") {
    return (
      <p class="review-actions review-words">
        {text}
        {stage.name === "waiting" && (
          <button type="button" class="button" onClick={() => queue.undo(id)}>
            {t("review.actions.undo")}
          </button>
        )}
      </p>
    );
  }
  const closeRejectForm = () => {
    queue.rejecting.value = null;
    document.getElementById(itemId(id))?.focus({ preventScroll: true });
  };
  return (
    <>
      {text && <p class="review-note">{text}</p>}
      {queue.rejecting.value === id ? (
        <RejectForm queue={queue} item={item} onClose={closeRejectForm} />
      ) : (
        <Choices queue={queue} item={item} />
      )}
    </>
  );
}

function Choices({ queue, item }: { queue: ReviewQueue; item: QueueItem }) {
  const openRejectForm = () => {
    queue.rejecting.value = item.post.id;
  };
  return (
    <div class="review-actions">
      <button type="button" class="button" onClick={() => decideWithDefaultReason(queue, item, "published")}>
        {t(item.post.state === "published" ? "review.actions.keep" : "review.actions.publish")}
      </button>
      <button type="button" class="button" onClick={() => decideWithDefaultReason(queue, item, "held")}>
        {t("review.actions.hold")}
      </button>
      <button type="button" class="button" onClick={openRejectForm}>
        {t("review.actions.reject_open")}
      </button>
      <a class="quiet-button" href={`/p/${item.post.id}`}>
        {t("review.actions.open")}
      </a>
    </div>
  );
}

/** Asks for the reason of a rejection, which the author will read. The messages of the rules are offered. */
export function RejectForm({
  queue,
  item,
  onClose,
}: {
  queue: ReviewQueue;
  item: QueueItem;
  onClose: () => void;
}) {
  const reason = useSignal("");
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  const send = (event: Event) => {
    event.preventDefault();
    const text = reason.value.trim();
    if (text === "") return field.current?.focus();
    queue.decide(item, { outcome: "rejected", reason: text });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") onClose();
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) send(event);
  };
  return (
    <form class="reason-form reject-form" onSubmit={send}>
      <label>
        {t("review.reject.reason")}
        <textarea
          dir="auto"
          ref={field}
          rows={2}
          required
          maxLength={REASON_LIMIT}
          value={reason.value}
          onInput={(event) => {
            reason.value = event.currentTarget.value;
          }}
          onKeyDown={onKeyDown}
        />
      </label>
      {suggestedReasons(item.reasons).map((text) => (
        <button
          key={text}
          type="button"
          class="ready-words"
          onClick={() => {
            reason.value = text;
            field.current?.focus();
          }}
        >
          {rich("review.reject.use", { label: (use) => <span class="meta">{use}</span> }, { reason: text })}
        </button>
      ))}
      <div class="review-actions">
        <button type="submit" class="button danger">
          {t("review.actions.reject")}
        </button>
        <button type="button" class="quiet-button" onClick={onClose}>
          {t("review.actions.cancel")}
        </button>
      </div>
    </form>
  );
}
