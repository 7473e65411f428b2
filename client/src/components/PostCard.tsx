import type { ComponentChildren } from "preact";
import type { FeedItem, Post } from "../api/types";
import { countsOf } from "../feed/counts";
import { excerpt, splitTitle } from "../markdown/plain";
import { Icon } from "./Icon";
import { PostMeta } from "./PostMeta";
import { StateNote } from "./StateNote";
import { VoteButtons } from "./VoteButtons";
import { WhyHere } from "./WhyHere";

/** Four lines of 17 px at the widest column; the rest is cut by the layout. */
const EXCERPT = 420;

interface Props {
  post: Post;
  why?: FeedItem;
  /** A line of the screen that shows the card, such as why a search found it. */
  note?: ComponentChildren;
}

/** One post in a list. */
export function PostCard({ post, why, note }: Props) {
  const { title, rest } = splitTitle(post.title, post.body);
  const { comments } = countsOf(post).value;
  const words = excerpt(rest, EXCERPT);
  return (
    <article class="post-card" aria-label={title}>
      <PostMeta post={post} />
      <h2 class="post-title">
        <a href={`/p/${post.id}`}>{title}</a>
      </h2>
      {words && <p class="post-excerpt">{words}</p>}
      {note}
      {post.state !== "published" && <StateNote post={post} />}
      <footer class="post-footer">
        <VoteButtons post={post} />
        <a class="quiet-button" href={`/p/${post.id}#replies`}>
          <Icon name="reply" size={16} /> {replyWords(comments)}
        </a>
        {why && <WhyHere item={why} />}
      </footer>
    </article>
  );
}

function replyWords(comments: number): string {
  if (comments === 0) return "Reply";
  return comments === 1 ? "1 reply" : `${comments} replies`;
}
