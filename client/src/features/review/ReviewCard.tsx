import { useSignal } from "@preact/signals";
import type { PostState, QueueItem } from "../../platform/api/types";
import { formatAge } from "../../platform/browser/format";
import { now } from "../../platform/browser/online-viewport-clock";
import { type MessageKey, rich, t } from "../../platform/i18n";
import { Icon, type IconName } from "../../ui/Icon";
import { UnreadNote } from "../../ui/UnreadNote";
import { PostMeta } from "../posts/PostCard";
import { itemId } from "./keyboard-shortcuts";
import { ReviewActions } from "./ReviewActions";
import { ReviewText } from "./ReviewText";
import { markedReasons, queueReason, scoreSummary } from "./reason-and-score-texts";
import { claims } from "./review-claims";
import type { ReviewQueue } from "./review-queue";

/** One post of the queue: the reason, the text, the model's scores, the actions. */
export function ReviewCard({ queue, item }: { queue: ReviewQueue; item: QueueItem }) {
  const { post } = item;
  const open = queue.stageOf(post.id).name === "open";
  const current = open && queue.current.value?.post.id === post.id;
  const scores = scoreSummary(item.scores);
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
      <QueueReason item={item} />
      <AppealsAndReports item={item} />
      <PostMeta post={post} />
      {post.parent_id && (
        <p class="meta">
          {rich("review.card.in_reply", { parent: (text) => <a href={`/p/${post.parent_id}`}>{text}</a> })}
        </p>
      )}
      <TextOnDemand key={post.revision} item={item} />
      <UnreadNote decision={post.decision} />
      {scores && <p class="review-scores meta">{t("review.card.scores", { scores })}</p>}
      <ReviewActions queue={queue} item={item} />
    </article>
  );
}

const REASON_ICON: Partial<Record<PostState, IconName>> = { rejected: "stop", published: "person" };

const URGENCY: Partial<Record<QueueItem["urgency"], MessageKey>> = {
  minors: "review.urgency.minors",
  crisis: "review.urgency.crisis",
  danger: "review.urgency.danger",
};

function QueueReason({ item }: { item: QueueItem }) {
  const { post, reasons } = item;
  const urgency = URGENCY[item.urgency];
  return (
    <div class={`review-why ${post.state}`}>
      <h2 id={`${itemId(post.id)}-why`} class="state-words">
        <Icon name={REASON_ICON[post.state] ?? "pause"} size={16} /> {queueReason(item)}
      </h2>
      {urgency && (
        <p class="review-urgency">
          <Icon name="warning" size={16} /> {t(urgency)}
        </p>
      )}
      {reasons.map((reason) => (
        <p key={reason.rule}>
          <bdi>{reason.message}</bdi> <code class="meta">{reason.rule}</code>{" "}
          {reason.detail && (
            <span class="meta" dir="auto">
              {reason.detail}
            </span>
          )}
        </p>
      ))}
    </div>
  );
}

/** The text, except one that may sexualize minors: nobody should see that before they choose to. */
function TextOnDemand({ item }: { item: QueueItem }) {
  const shown = useSignal(item.urgency !== "minors");
  if (shown.value) return <ReviewText post={item.post} reasons={markedReasons(item)} />;
  return (
    <div class="review-note">
      <p>{t("review.minors.hidden")}</p>
      <button
        type="button"
        class="button"
        onClick={() => {
          shown.value = true;
        }}
      >
        {t("review.minors.show")}
      </button>
    </div>
  );
}

/** The author's appeal, the readers' reports, and the moderator who is looking at the post. */
export function AppealsAndReports({ item }: { item: QueueItem }) {
  const { appeal, reports } = item;
  return (
    <>
      <ClaimNote item={item} />
      {appeal && (
        <blockquote class="complaint">
          <p class="meta">{t("review.card.appeal", { age: formatAge(appeal.appealed_at, now.value) })}</p>
          <p dir="auto">{appeal.reason ?? t("review.card.appeal_unreadable")}</p>
        </blockquote>
      )}
      {reports?.reasons.map((reason, nth) => (
        <blockquote key={nth} class="complaint">
          <p class="meta">{t("review.card.report")}</p>
          <p dir="auto">{reason}</p>
        </blockquote>
      ))}
    </>
  );
}

function ClaimNote({ item }: { item: QueueItem }) {
  const { claim, post } = item;
  if (claim && !claim.mine)
    return <p class="review-note">{t("review.card.claimed_by", { handle: claim.handle })}</p>;
  if (claims.taken.value.has(post.id)) return <p class="review-note">{t("review.card.claimed")}</p>;
  return null;
}
