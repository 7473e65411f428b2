import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { REASON_LIMIT } from "../../platform/api/posts";
import type { QueueItem } from "../../platform/api/types";
import { decidePlainly, itemId } from "./keyboard";
import type { ReviewQueue } from "./queue";
import { suggestions } from "./reason-words";
import { stageWords } from "./stage";

/** What can be done with a post, or in the same place what was done with it. */
export function ReviewActions({ queue, item }: { queue: ReviewQueue; item: QueueItem }) {
  const { id } = item.post;
  const stage = queue.stageOf(id);
  const words = stageWords(stage);
  if (stage.name !== "open") {
    return (
      <p class="review-actions review-words">
        {words}
        {stage.name === "waiting" && (
          <button type="button" class="button" onClick={() => queue.undo(id)}>
            Undo
          </button>
        )}
      </p>
    );
  }
  const stopAsking = () => {
    queue.asking.value = null;
    document.getElementById(itemId(id))?.focus({ preventScroll: true });
  };
  return (
    <>
      {words && <p class="review-note">{words}</p>}
      {queue.asking.value === id ? (
        <RejectForm queue={queue} item={item} onClose={stopAsking} />
      ) : (
        <Choices queue={queue} item={item} />
      )}
    </>
  );
}

function Choices({ queue, item }: { queue: ReviewQueue; item: QueueItem }) {
  const ask = () => {
    queue.asking.value = item.post.id;
  };
  return (
    <div class="review-actions">
      <button type="button" class="button" onClick={() => decidePlainly(queue, item, "published")}>
        {item.post.state === "published" ? "Keep" : "Publish"}
      </button>
      <button type="button" class="button" onClick={() => decidePlainly(queue, item, "held")}>
        Hold
      </button>
      <button type="button" class="button" onClick={ask}>
        Reject…
      </button>
      <a class="quiet-button" href={`/p/${item.post.id}`}>
        Open
      </a>
    </div>
  );
}

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
