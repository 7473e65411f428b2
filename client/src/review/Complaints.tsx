import type { QueueItem } from "../api/types";
import { age, now } from "../state/clock";
import { claims } from "./claims";

/** What its author and its readers say, and which colleague looks at it. */
export function Complaints({ item }: { item: QueueItem }) {
  const { appeal, reports } = item;
  return (
    <>
      <LookedAt item={item} />
      {appeal && (
        <blockquote class="complaint">
          <p class="meta">Its author asks again, {age(appeal.appealed_at, now.value)}</p>
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

function LookedAt({ item }: { item: QueueItem }) {
  const { claim, post } = item;
  if (claim && !claim.mine) return <p class="review-note">{claim.handle} looks at this.</p>;
  if (claims.taken.value.has(post.id)) return <p class="review-note">A colleague looks at this.</p>;
  return null;
}
