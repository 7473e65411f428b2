import type { PostState, QueueItem } from "../api/types";
import { Icon, type IconName } from "../components/Icon";
import { PostMeta } from "../components/PostMeta";
import { Complaints } from "./Complaints";
import { itemId } from "./item-id";
import type { ReviewQueue } from "./queue";
import { ReviewActions } from "./ReviewActions";
import { ReviewText } from "./ReviewText";
import { scoreWords, stoppedBy } from "./why";

/** One post that waits: why, then what it says, then what the machine thought, then what to do. */
export function ReviewCard({ queue, item }: { queue: ReviewQueue; item: QueueItem }) {
  const { post } = item;
  const open = queue.stageOf(post.id).name === "open";
  const current = open && queue.current.value?.post.id === post.id;
  const scores = scoreWords(item.scores);
  return (
    <article
      id={itemId(post.id)}
      tabIndex={-1}
      class={`review-card ${open ? "" : "finished"}`}
      aria-current={current}
      aria-labelledby={`${itemId(post.id)}-why`}
      onFocusIn={() => {
        if (open) queue.choose(post.id);
      }}
    >
      <Why item={item} />
      <Complaints item={item} />
      <PostMeta post={post} />
      {post.parent_id && (
        <p class="meta">
          In reply to <a href={`/p/${post.parent_id}`}>this</a>
        </p>
      )}
      <ReviewText key={post.revision} post={post} reasons={item.reasons} />
      {scores && <p class="review-scores meta">The model’s scores: {scores}</p>}
      <ReviewActions queue={queue} item={item} />
    </article>
  );
}

const WHY_ICON: Partial<Record<PostState, IconName>> = { rejected: "stop", published: "person" };

function Why({ item }: { item: QueueItem }) {
  const { post, reasons } = item;
  return (
    <div class={`review-why ${post.state}`}>
      <h2 id={`${itemId(post.id)}-why`} class="state-words">
        <Icon name={WHY_ICON[post.state] ?? "pause"} size={16} /> {stoppedBy(item)}
      </h2>
      {reasons.map((reason) => (
        <p key={reason.rule}>
          {reason.message} <code class="meta">{reason.rule}</code>
        </p>
      ))}
    </div>
  );
}
