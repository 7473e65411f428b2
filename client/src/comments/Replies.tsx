import { useEffect, useMemo, useRef } from "preact/hooks";
import { readComments, readPost } from "../api/posts";
import type { Comment, Post } from "../api/types";
import { Failure } from "../components/Failure";
import { Skeleton } from "../components/Skeleton";
import { useMayWrite } from "../composer/use-may-write";
import { useResource } from "../state/use-resource";
import { CommentItem } from "./CommentItem";
import { NewReplies } from "./NewReplies";
import { ReplyBox } from "./ReplyBox";
import { repliesTo } from "./subtree";
import { type Thread, ThreadProvider } from "./thread";

/** Everything that was said below a post, and a place to say more. */
export function Replies({ post }: { post: Post }) {
  const { thread, replies } = useReplies(post);
  const mayWrite = useMayWrite();
  const tree = replies.data.value?.items;
  const items = tree && post.parent_id ? (repliesTo(post.id, tree) ?? []) : tree;
  // Nobody can reply to what nobody can see.
  if (post.state !== "published" && !items?.length) return null;
  return (
    <ThreadProvider value={thread}>
      <section id="replies" class="replies" aria-label="Replies">
        <h2>Replies</h2>
        {mayWrite && post.state === "published" && <ReplyBox parentId={post.id} />}
        <NewReplies rootId={post.root_id ?? post.id} known={idsOf(tree ?? [])} onShow={replies.reload} />
        {replies.error.value !== undefined && <Failure error={replies.error.value} retry={replies.reload} />}
        {!items && replies.loading.value && <Skeleton items={2} />}
        {items?.length === 0 && <p class="meta">Nobody has replied yet.</p>}
        {items && items.length > 0 && (
          <ul class="comment-list">
            {items.map((comment) => (
              <CommentItem key={comment.post.id} comment={comment} depth={1} />
            ))}
          </ul>
        )}
      </section>
    </ThreadProvider>
  );
}

function useReplies(post: Post) {
  const after = useRef<number | undefined>(undefined);
  const replies = useResource(post.id, async (signal) => {
    if (after.current) await readPost(post.id, signal, after.current);
    return readComments(post.id, signal);
  });
  const refresh = (sequence: number) => {
    after.current = sequence;
    replies.reload();
  };
  const thread = useMemo<Thread>(() => ({ community: post.community, refresh }), [post.id, replies]);
  const loaded = replies.data.value !== undefined;
  useEffect(() => {
    if (loaded && window.location.hash === "#replies") document.getElementById("replies")?.scrollIntoView();
  }, [loaded]);
  return { thread, replies };
}

function idsOf(comments: readonly Comment[]): ReadonlySet<string> {
  const ids = comments.flatMap((comment) => [comment.post.id, ...idsOf(comment.replies)]);
  return new Set(ids);
}
