import { Found } from "../components/Found";
import { age, moment, now } from "../state/clock";
import { counted } from "../state/quantities";
import type { Row } from "./merge";
import type { QuickHit } from "./search";

/** A result that this device found, in one line that keeps its height: nothing moves when the server adds to it. */
export function QuickRow({ row, hit }: { row: Row; hit: QuickHit }) {
  const { post } = hit;
  const created = new Date(1000 * post.created).toISOString();
  const votes = row.item?.post.votes.score;
  return (
    <article class="quick-row" aria-label={post.title}>
      <h2 class="quick-title">
        <a href={`/p/${post.id}`}>{post.title || "A post without words"}</a>
      </h2>
      <p class="post-meta">
        <a class="post-community" href={`/c/${post.community}`}>
          {post.community}
        </a>
        <time dateTime={created} title={moment(created)}>
          {age(created, now.value)}
        </time>
        {votes !== undefined && votes > 0 && <span>{counted(votes, "vote")}</span>}
        <Found why={hit.why} />
      </p>
    </article>
  );
}
