import { useEffect } from "preact/hooks";
import { isProblem } from "../../platform/api/client";
import { markPost, readPost, readRelated } from "../../platform/api/posts";
import type { Post } from "../../platform/api/types";
import { useResource } from "../../platform/state/resource";
import { can } from "../../platform/state/session";
import { onStream } from "../../platform/stream/stream";
import { Failure, Skeleton } from "../../ui/ListStates";
import { Markdown } from "../../ui/markdown/Markdown";
import { excerpt, splitTitle } from "../../ui/markdown/plain-text";
import { Screen } from "../../ui/Screen";
import { CommunityNote } from "../communities/CommunityNote";
import { PostActions } from "./PostActions";
import { PostMeta } from "./PostCard";
import { PostStateNote } from "./PostStateNote";
import { Replies } from "./Replies";
import { VoteButtons } from "./VoteButtons";

/** One post with everything around it. */
export function PostScreen({ id }: { id: string }) {
  const resource = useResource(id, (signal) => readPost(id, signal));
  const post = resource.data.value;
  useEffect(
    () =>
      onStream("decision", (event) => {
        if (event.post_id === id) resource.reload();
      }),
    [id, resource],
  );
  if (!post) {
    return (
      <Screen title="Post">
        {resource.error.value === undefined ? (
          <Skeleton items={1} />
        ) : (
          <Failure error={resource.error.value} retry={resource.reload} />
        )}
      </Screen>
    );
  }
  return <LoadedPost key={id} post={post} />;
}

function LoadedPost({ post }: { post: Post }) {
  useEffect(() => {
    void markRead(post.id);
  }, [post.id]);
  const { title, rest } = splitTitle(post.title, post.body);
  const heading = post.parent_id ? `Reply by ${post.author.handle}` : title;
  return (
    <Screen
      title={heading || "Post"}
      heading={post.parent_id ? undefined : title}
      aside={
        <>
          <RelatedPosts post={post} />
          <CommunityNote name={post.community} />
        </>
      }
    >
      <article class="post" aria-label={excerpt(heading, 80)}>
        <PostMeta post={post} />
        {post.parent_id && (
          <p class="meta">
            In reply to <a href={`/p/${post.parent_id}`}>this</a>
            {post.root_id && post.root_id !== post.parent_id && (
              <>
                , under <a href={`/p/${post.root_id}`}>this post</a>
              </>
            )}
          </p>
        )}
        <Markdown text={post.parent_id ? post.body : rest} />
        {post.state !== "published" && <PostStateNote post={post} />}
        <footer class="post-footer">
          <VoteButtons post={post} />
          <PostActions post={post} />
        </footer>
      </article>
      <Replies post={post} />
    </Screen>
  );
}

const told = new Set<string>();

/** Tells once per page load that a post was opened; the person's own feed learns from it. Not worth an error. */
export async function markRead(postId: string): Promise<void> {
  if (!can("mark_read") || told.has(postId)) return;
  told.add(postId);
  try {
    await markPost(postId, "read");
  } catch (error) {
    if (!isProblem(error)) throw error;
  }
}

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
