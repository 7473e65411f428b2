import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { QueueItem } from "../api/types";
import { REASON_LIMIT } from "../composer/limits";
import type { ReviewQueue } from "./queue";
import { suggestions } from "./why";

/** Asks for what the author will read; the rules' own words can be taken over and changed. */
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
    const words = reason.value.trim();
    if (words === "") return field.current?.focus();
    queue.decide(item, { outcome: "rejected", reason: words });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") onClose();
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) send(event);
  };
  return (
    <form class="reason-form reject-form" onSubmit={send}>
      <label>
        Why is it not published? Its author reads this.
        <textarea
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
      {suggestions(item.reasons).map((words) => (
        <button
          key={words}
          type="button"
          class="ready-words"
          onClick={() => {
            reason.value = words;
            field.current?.focus();
          }}
        >
          <span class="meta">Use:</span> {words}
        </button>
      ))}
      <div class="review-actions">
        <button type="submit" class="button danger">
          Reject
        </button>
        <button type="button" class="quiet-button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </form>
  );
}
