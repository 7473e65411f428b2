import { useEffect, useMemo, useRef } from "preact/hooks";
import { readComments, readPost } from "../api/posts";
import type { Post } from "../api/types";
import { Empty } from "../components/Empty";
import { Failure } from "../components/Failure";
import { Skeleton } from "../components/Skeleton";
import { can } from "../session/capabilities";
import { useResource } from "../state/use-resource";
import { CommentItem } from "./CommentItem";
import { ReplyBox } from "./ReplyBox";
import { type Thread, ThreadProvider } from "./thread";

/** Everything that was said below a post, and a place to say more. */
export function Replies({ post }: { post: Post }) {
  const after = useRef<number | undefined>(undefined);
  const replies = useResource(post.id, async (signal) => {
    if (after.current) await readPost(post.id, signal, after.current);
    return readComments(post.id, signal);
  });
  const thread = useMemo<Thread>(
    () => ({
      rootId: post.id,
      community: post.community,
      refresh: (sequence) => {
        after.current = sequence;
        replies.reload();
      },
    }),
    [post.id, post.community, replies],
  );
  const items = replies.data.value?.items;
  useEffect(() => {
    if (items && window.location.hash === "#replies") document.getElementById("replies")?.scrollIntoView();
  }, [items === undefined]);
  return (
    <ThreadProvider value={thread}>
      <section id="replies" class="replies" aria-label="Replies">
        <h2>Replies</h2>
        {can("submit_post") && post.state === "published" && <ReplyBox parentId={post.id} />}
        {replies.error.value !== undefined && <Failure error={replies.error.value} retry={replies.reload} />}
        {!items && replies.loading.value && <Skeleton items={2} />}
        {items?.length === 0 && <Empty title="Nobody has replied yet." />}
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
