import { readRelated } from "../api/posts";
import type { Post } from "../api/types";
import { splitTitle } from "../markdown/plain";
import { useResource } from "../state/use-resource";

/** Cosine of two posts. Read on imported posts: from about here down they share a word or a mood, not a subject. */
const NEAR = 0.36;

/** Posts near to this one in meaning. Without them the column is simply shorter. */
export function RelatedPosts({ post }: { post: Post }) {
  const related = useResource(post.id, (signal) => readRelated(post.id, signal));
  const items = (related.data.value?.items ?? []).filter(({ score }) => score >= NEAR);
  if (items.length === 0) return null;
  return (
    <section class="note">
      <h2>Near to this</h2>
      <ul class="related">
        {items.map(({ post: near }) => (
          <li key={near.id}>
            <a href={`/p/${near.id}`}>{splitTitle(near.title, near.body).title}</a>
            <span class="meta">{near.community}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
