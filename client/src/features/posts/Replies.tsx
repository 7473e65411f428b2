import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { readComments, readPost } from "../../platform/api/posts";
import type { Comment, Post } from "../../platform/api/types";
import { t } from "../../platform/i18n";
import { useMayWrite } from "../../platform/state/session";
import { useResource } from "../../platform/state/use-resource";
import { onStream } from "../../platform/stream/stream-subscriptions";
import { Failure, Skeleton } from "../../ui/ListStates";
import { CommentItem, ReplyBox, type ReplyThread, ReplyThreadProvider } from "./CommentItem";

/** The replies below a post, and the form to write one. */
export function Replies({ post }: { post: Post }) {
  const { thread, replies } = useReplies(post);
  const mayWrite = useMayWrite();
  const tree = replies.data.value?.items;
  const items = tree && post.parent_id ? (repliesTo(post.id, tree) ?? []) : tree;
  // Only published posts can be replied to.
  if (post.state !== "published" && !items?.length) return null;
  return (
    <ReplyThreadProvider value={thread}>
      <section id="replies" class="replies" aria-label={t("posts.replies.title")}>
        <h2>{t("posts.replies.title")}</h2>
        {mayWrite && post.state === "published" && <ReplyBox parent={post} />}
        <NewReplies rootId={post.root_id ?? post.id} known={idsOf(tree ?? [])} onShow={replies.reload} />
        {replies.error.value !== undefined && <Failure error={replies.error.value} retry={replies.reload} />}
        {!items && replies.loading.value && <Skeleton items={2} />}
        {items?.length === 0 && <p class="meta">{t("posts.replies.empty")}</p>}
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
  /** Ids of the replies on the page. */
  known: ReadonlySet<string>;
  onShow: () => void;
}

/**
 * Live updates of a thread. New replies wait behind a button, so that nothing moves while the user reads; a decision
 * about a reply on the page is shown at once.
 */
export function NewReplies({ rootId, known, onShow }: NewRepliesProps) {
  const waiting = useSignal<ReadonlySet<string>>(new Set());
  const current = useRef({ known, onShow });
  current.current = { known, onShow };
  useEffect(() => {
    const stopPosts = onStream("post", (event) => {
      const isNew = event.root_id === rootId && !current.current.known.has(event.post_id);
      if (isNew) waiting.value = new Set([...waiting.value, event.post_id]);
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
          {t("posts.replies.show_new", { count })}
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
