import type { ComponentChildren } from "preact";
import type { Post } from "../../platform/api/types";
import { formatAge, formatDateTime } from "../../platform/browser/format";
import { now } from "../../platform/browser/signals";
import { Icon } from "../../ui/Icon";
import { excerpt, splitTitle } from "../../ui/markdown/plain-text";
import { countsOf, formatCount } from "./counts";
import { PostStateNote } from "./PostStateNote";
import { VoteButtons } from "./VoteButtons";

/** Four lines of 17 px at the widest column; the rest is cut by the layout. */
const EXCERPT = 420;

interface Props {
  post: Post;
  /** Why it stands at this place of its list. */
  why?: ComponentChildren;
  /** A line of the screen that shows the card, such as its state. */
  note?: ComponentChildren;
  /** How a search came to it. */
  found?: string;
}

/** One post in a list. A reply has no title: its words are the link. */
export function PostCard({ post, why, note, found }: Props) {
  const { title, rest } = splitTitle(post.title, post.body);
  return (
    <article class="post-card" aria-label={title}>
      <PostMeta post={post} />
      {post.parent_id ? <ReplyWords post={post} /> : <TitleAndWords post={post} title={title} rest={rest} />}
      {note}
      {post.state !== "published" && <PostStateNote post={post} />}
      {post.state === "published" && (
        <footer class="post-footer">
          <VoteButtons post={post} />
          <RepliesLink post={post} />
          {why}
          {found && <FoundBy why={found} />}
        </footer>
      )}
    </article>
  );
}

function TitleAndWords({ post, title, rest }: { post: Post; title: string; rest: string }) {
  const words = excerpt(rest, EXCERPT);
  return (
    <>
      <h2 class="post-title">
        <a href={`/p/${post.id}`}>{title}</a>
      </h2>
      {words && <p class="post-excerpt">{words}</p>}
    </>
  );
}

function ReplyWords({ post }: { post: Post }) {
  return (
    <p class="post-excerpt reply-words">
      <a href={`/p/${post.id}`}>{excerpt(post.body, EXCERPT)}</a>
    </p>
  );
}

function RepliesLink({ post }: { post: Post }) {
  const { comments } = countsOf(post).value;
  const some = comments === 1 ? "1 reply" : `${formatCount(comments)} replies`;
  return (
    <a class="quiet-button" href={`/p/${post.id}#replies`}>
      <Icon name="reply" size={16} /> {comments === 0 ? "Reply" : some}
    </a>
  );
}

/** Community · author · age. */
export function PostMeta({ post }: { post: Post }) {
  return (
    <p class="post-meta">
      <a class="post-community" href={`/c/${post.community}`}>
        {post.community}
      </a>
      <a href={`/u/${post.author.handle}`}>{post.author.handle}</a>
      <time dateTime={post.created_at} title={formatDateTime(post.created_at)}>
        {formatAge(post.created_at, now.value)}
      </time>
      {post.parent_id && <span class="post-kind">reply</span>}
      {post.revision > 1 && <span>edited</span>}
    </p>
  );
}

/** How a search came to a post. */
export function FoundBy({ why }: { why: string }) {
  return (
    <span class="found">
      <span class="found-by">found by </span>
      {why === "exact" ? "exact words" : why}
    </span>
  );
}
