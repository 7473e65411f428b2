import { useSignal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { newPost } from "../../platform/api/posts";
import type { Comment, Post } from "../../platform/api/types";
import { narrow } from "../../platform/browser/online-viewport-clock";
import { t } from "../../platform/i18n";
import { can } from "../../platform/state/session";
import { Icon } from "../../ui/Icon";
import { Markdown } from "../../ui/markdown/Markdown";
import { ReplyComposer } from "../composer/ReplyComposer";
import { CollapsedPostActions } from "./PostActions";
import { PostMeta } from "./PostCard";
import { PostStateNote } from "./PostStateNote";
import { VoteButtons } from "./VoteButtons";

/** Depth at which a thread continues on its own page, so that lines stay readable. */
const DEPTH = { narrow: 4, wide: 8 };

/** One reply with the replies to it. */
export function CommentItem({ comment, depth }: { comment: Comment; depth: number }) {
  const folded = useSignal(false);
  const { post } = comment;
  const gone = post.state === "withdrawn";
  return (
    <li class="comment" id={`c-${post.id}`}>
      <div class="comment-head">
        <button
          type="button"
          class="fold"
          aria-expanded={!folded.value}
          aria-label={t(folded.value ? "posts.comment.unfold" : "posts.comment.fold")}
          onClick={() => {
            folded.value = !folded.value;
          }}
        >
          <Icon name={folded.value ? "plus" : "minus"} size={14} />
        </button>
        {gone ? <p class="post-meta">{t("posts.comment.withdrawn")}</p> : <PostMeta post={post} />}
      </div>
      <div class="comment-content" hidden={folded.value}>
        {!gone && <CommentBody post={post} />}
        <CommentChildren comment={comment} depth={depth} />
      </div>
    </li>
  );
}

function CommentChildren({ comment, depth }: { comment: Comment; depth: number }) {
  if (comment.replies.length === 0) return null;
  if (depth >= (narrow.value ? DEPTH.narrow : DEPTH.wide)) {
    return (
      <a class="quiet-button" href={`/p/${comment.post.id}`}>
        {t("posts.comment.continue", { count: comment.replies.length })}
      </a>
    );
  }
  return (
    <ul class="comment-list">
      {comment.replies.map((reply) => (
        <CommentItem key={reply.post.id} comment={reply} depth={depth + 1} />
      ))}
    </ul>
  );
}

/** The text of a reply, its votes and actions, and the form to answer it. */
export function CommentBody({ post }: { post: Post }) {
  const replying = useSignal(false);
  const published = post.state === "published";
  return (
    <>
      <Markdown text={post.body} />
      {!published && <PostStateNote post={post} />}
      <div class="post-footer">
        <VoteButtons post={post} />
        {published && can("submit_post") && (
          <button
            type="button"
            class="quiet-button"
            aria-expanded={replying.value}
            onClick={() => {
              replying.value = !replying.value;
            }}
          >
            {t("posts.comment.reply")}
          </button>
        )}
        <CollapsedPostActions post={post} />
      </div>
      {replying.value && (
        <ReplyBox
          parent={post}
          onClose={() => {
            replying.value = false;
          }}
        />
      )}
    </>
  );
}

/** The composer below a post or a reply. A sent reply appears in the thread before it is decided. */
export function ReplyBox({ parent, onClose }: { parent: Post; onClose?: () => void }) {
  const { community, refresh } = useReplyThread();
  return (
    <ReplyComposer
      slot={`reply.${parent.id}`}
      parent={parent}
      start={{ community }}
      label={t("posts.comment.reply")}
      placeholder={t("posts.comment.reply_placeholder")}
      again={t("posts.comment.reply_again")}
      request={({ title: _, ...reply }) => newPost({ ...reply, community, parent_id: parent.id })}
      onSent={({ sequence }) => refresh(sequence)}
      {...(onClose ? { onCancel: onClose } : {})}
    />
  );
}

export interface ReplyThread {
  community: string;
  /** Loads the replies again once the server's view has reached `sequence`. */
  refresh: (sequence: number) => void;
}

const ReplyThreadContext = createContext<ReplyThread | null>(null);

export const ReplyThreadProvider = ReplyThreadContext.Provider;

export function useReplyThread(): ReplyThread {
  const thread = useContext(ReplyThreadContext);
  if (!thread) throw new Error("useReplyThread needs a ReplyThreadProvider");
  return thread;
}
