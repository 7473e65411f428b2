import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { readComments, readPost } from "../../platform/api/posts";
import type { Comment, Post } from "../../platform/api/types";
import { countOf } from "../../platform/browser/format";
import { useResource } from "../../platform/state/resource";
import { onStream } from "../../platform/stream/stream";
import { Failure, Skeleton } from "../../ui/ListStates";
import { useMayWrite } from "../composer/use-writing";
import { CommentItem, ReplyBox, type ReplyThread, ReplyThreadProvider } from "./Comment";

/** Everything that was said below a post, and a place to say more. */
export function Replies({ post }: { post: Post }) {
  const { thread, replies } = useReplies(post);
  const mayWrite = useMayWrite();
  const tree = replies.data.value?.items;
  const items = tree && post.parent_id ? (repliesTo(post.id, tree) ?? []) : tree;
  // Nobody can reply to what nobody can see.
  if (post.state !== "published" && !items?.length) return null;
  return (
    <ReplyThreadProvider value={thread}>
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
    </ReplyThreadProvider>
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
  const thread = useMemo<ReplyThread>(() => ({ community: post.community, refresh }), [post.id, replies]);
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

interface NewRepliesProps {
  rootId: string;
  /** Replies that are on the page already. */
  known: ReadonlySet<string>;
  onShow: () => void;
}

/**
 * News in a thread. Replies of others wait behind a button, so that nothing moves under the reader; a
 * decision about a reply that is on the page is shown at once, in its place.
 */
export function NewReplies({ rootId, known, onShow }: NewRepliesProps) {
  const waiting = useSignal<ReadonlySet<string>>(new Set());
  const current = useRef({ known, onShow });
  current.current = { known, onShow };
  useEffect(() => {
    const stopPosts = onStream("post", (event) => {
      const news = event.root_id === rootId && !current.current.known.has(event.post_id);
      if (news) waiting.value = new Set([...waiting.value, event.post_id]);
    });
    const stopDecisions = onStream("decision", (event) => {
      if (current.current.known.has(event.post_id)) current.current.onShow();
    });
    return () => {
      stopPosts();
      stopDecisions();
    };
  }, [rootId, waiting]);
  const count = [...waiting.value].filter((id) => !known.has(id)).length;
  return (
    <div role="status" aria-live="polite">
      {count > 0 && (
        <button type="button" class="button" onClick={onShow}>
          Show {countOf(count, "new reply", "new replies")}
        </button>
      )}
    </div>
  );
}

/** The replies to one post within the tree of its thread. */
export function repliesTo(id: string, tree: readonly Comment[]): readonly Comment[] | null {
  for (const comment of tree) {
    const found = comment.post.id === id ? comment.replies : repliesTo(id, comment.replies);
    if (found) return found;
  }
  return null;
}
