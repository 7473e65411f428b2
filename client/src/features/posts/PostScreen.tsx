import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { isProblem } from "../../platform/api/client";
import { markPost, readPost, readRelated } from "../../platform/api/posts";
import type { Post } from "../../platform/api/types";
import { rich, t } from "../../platform/i18n";
import { can, user } from "../../platform/state/session";
import { useResource } from "../../platform/state/use-resource";
import { onStream } from "../../platform/stream/stream-subscriptions";
import { HelpNote, offersHelp } from "../../ui/HelpNote";
import { Failure, Skeleton } from "../../ui/ListStates";
import { Markdown } from "../../ui/markdown/Markdown";
import { excerpt, splitTitle } from "../../ui/markdown/title-and-excerpt";
import { Screen } from "../../ui/Screen";
import { CommunityNote } from "../communities/CommunityNote";
import { PostActions } from "./PostActions";
import { PostMeta } from "./PostCard";
import { PostStateNote } from "./PostStateNote";
import { Replies } from "./Replies";
import { VoteButtons } from "./VoteButtons";

/** One post with its replies, related posts and community. */
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
      <Screen title={t("posts.post.title")}>
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
  const heading = post.parent_id
    ? t("posts.post.reply_title", { author: post.author.handle || t("posts.card.author_unknown") })
    : title;
  return (
    <Screen
      title={heading || t("posts.post.title")}
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
        {post.parent_id && <p class="meta">{inReplyTo(post.parent_id, post.root_id)}</p>}
        <Markdown text={post.parent_id ? post.body : rest} />
        {post.state !== "published" && <PostStateNote post={post} />}
        {post.author.id === user.value?.id && post.decision?.reasons.some(offersHelp) && <HelpNote />}
        <footer class="post-footer">
          <VoteButtons post={post} />
          <PostActions post={post} />
        </footer>
      </article>
      <Replies post={post} />
    </Screen>
  );
}

function inReplyTo(parentId: string, rootId: string | null | undefined): ComponentChildren {
  const parent = (text: ComponentChildren) => <a href={`/p/${parentId}`}>{text}</a>;
  if (!rootId || rootId === parentId) return rich("posts.post.in_reply_to_post", { parent });
  const root = (text: ComponentChildren) => <a href={`/p/${rootId}`}>{text}</a>;
  return rich("posts.post.in_reply", { parent, root });
}

const marked = new Set<string>();

/** Records once per page load that the user has opened a post, for their own feed. Failures are ignored. */
export async function markRead(postId: string): Promise<void> {
  if (!can("mark_read") || marked.has(postId)) return;
  marked.add(postId);
  try {
    await markPost(postId, "read");
  } catch (error) {
    if (!isProblem(error)) throw error;
  }
}

/** Minimum cosine of related posts. Imported posts below about this value share a word or a mood, not a topic. */
const MIN_SIMILARITY = 0.36;

/** Posts with a similar meaning. Renders nothing if there are none. */
export function RelatedPosts({ post }: { post: Post }) {
  const resource = useResource(post.id, (signal) => readRelated(post.id, signal));
  const items = (resource.data.value?.items ?? []).filter(({ score }) => score >= MIN_SIMILARITY);
  if (items.length === 0) return null;
  return (
    <section class="note">
      <h2>{t("posts.post.related")}</h2>
      <ul class="related">
        {items.map(({ post: related }) => (
          <li key={related.id}>
            <a href={`/p/${related.id}`} dir="auto">
              {splitTitle(related.title, related.body).title}
            </a>
            <bdi class="meta">{related.community}</bdi>
          </li>
        ))}
      </ul>
    </section>
  );
}
