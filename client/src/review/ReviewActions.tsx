import type { QueueItem } from "../api/types";
import { itemId } from "./item-id";
import { decidePlainly } from "./keys";
import type { ReviewQueue } from "./queue";
import { RejectForm } from "./RejectForm";
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
          <button type="button" class="button" onClick={() => queue.takeBack(id)}>
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
