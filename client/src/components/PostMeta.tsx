import type { Post } from "../api/types";
import { age, moment, now } from "../state/clock";

/** Community · author · age. */
export function PostMeta({ post }: { post: Post }) {
  return (
    <p class="post-meta">
      <a class="post-community" href={`/c/${post.community}`}>
        {post.community}
      </a>
      <a href={`/u/${post.author.handle}`}>{post.author.handle}</a>
      <time dateTime={post.created_at} title={moment(post.created_at)}>
        {age(post.created_at, now.value)}
      </time>
      {post.parent_id && <span class="post-kind">reply</span>}
      {post.revision > 1 && <span>edited</span>}
    </p>
  );
}
