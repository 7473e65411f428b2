import type { PostState, QueueItem } from "../../platform/api/types";
import { formatAge } from "../../platform/browser/format";
import { now } from "../../platform/browser/signals";
import { Icon, type IconName } from "../../ui/Icon";
import { PostMeta } from "../posts/PostCard";
import { claims } from "./claims";
import { itemId } from "./keyboard";
import type { ReviewQueue } from "./queue";
import { ReviewActions } from "./ReviewActions";
import { ReviewText } from "./ReviewText";
import { heldBecause, scoreWords } from "./reason-words";

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
      <AppealsAndReports item={item} />
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
        <Icon name={WHY_ICON[post.state] ?? "pause"} size={16} /> {heldBecause(item)}
      </h2>
      {reasons.map((reason) => (
        <p key={reason.rule}>
          {reason.message} <code class="meta">{reason.rule}</code>
        </p>
      ))}
    </div>
  );
}

/** What its author and its readers say, and which colleague looks at it. */
export function AppealsAndReports({ item }: { item: QueueItem }) {
  const { appeal, reports } = item;
  return (
    <>
      <ClaimNote item={item} />
      {appeal && (
        <blockquote class="complaint">
          <p class="meta">Its author asks again, {formatAge(appeal.appealed_at, now.value)}</p>
          <p>{appeal.reason ?? "The reason cannot be read any more."}</p>
        </blockquote>
      )}
      {reports?.reasons.map((reason, nth) => (
        <blockquote key={nth} class="complaint">
          <p class="meta">A reader says</p>
          <p>{reason}</p>
        </blockquote>
      ))}
    </>
  );
}

function ClaimNote({ item }: { item: QueueItem }) {
  const { claim, post } = item;
  if (claim && !claim.mine) return <p class="review-note">{claim.handle} looks at this.</p>;
  if (claims.taken.value.has(post.id)) return <p class="review-note">A colleague looks at this.</p>;
  return null;
}
