import { useEffect } from "preact/hooks";
import { readPost } from "../api/posts";
import type { Post } from "../api/types";
import { Replies } from "../comments/Replies";
import { CommunityNote } from "../components/CommunityNote";
import { Failure } from "../components/Failure";
import { PostActions } from "../components/PostActions";
import { PostMeta } from "../components/PostMeta";
import { RelatedPosts } from "../components/RelatedPosts";
import { Skeleton } from "../components/Skeleton";
import { StateNote } from "../components/StateNote";
import { VoteButtons } from "../components/VoteButtons";
import { Markdown } from "../markdown/Markdown";
import { excerpt, splitTitle } from "../markdown/plain";
import { markRead } from "../state/mark-read";
import { useResource } from "../state/use-resource";
import { onStream } from "../stream/stream";
import { Screen } from "./Screen";

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
        {post.state !== "published" && <StateNote post={post} />}
        <footer class="post-footer">
          <VoteButtons post={post} />
          <PostActions post={post} />
        </footer>
      </article>
      <Replies post={post} />
    </Screen>
  );
}
