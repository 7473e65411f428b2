import { useSignal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { submitPost } from "../../platform/api/posts";
import type { Comment, Post } from "../../platform/api/types";
import { narrow } from "../../platform/browser/signals";
import { can } from "../../platform/state/session";
import { Icon } from "../../ui/Icon";
import { Markdown } from "../../ui/markdown/Markdown";
import { TextComposer } from "../composer/TextComposer";
import { CollapsedPostActions } from "./PostActions";
import { PostMeta } from "./PostCard";
import { PostStateNote } from "./PostStateNote";
import { VoteButtons } from "./VoteButtons";

/** How deep replies are indented before a thread gets its own page: lines stay readable. */
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
          aria-label={folded.value ? "Unfold this thread" : "Fold this thread"}
          onClick={() => {
            folded.value = !folded.value;
          }}
        >
          <Icon name={folded.value ? "plus" : "minus"} size={14} />
        </button>
        {gone ? <p class="post-meta">withdrawn by its author</p> : <PostMeta post={post} />}
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
        Go on with this thread ({comment.replies.length})
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

/** What a reply says, its votes and actions, and the box to answer it. */
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
            Reply
          </button>
        )}
        <CollapsedPostActions post={post} />
      </div>
      {replying.value && (
        <ReplyBox
          parentId={post.id}
          onClose={() => {
            replying.value = false;
          }}
        />
      )}
    </>
  );
}

/** The composer below a post or a reply. What was sent shows up in the thread, judged or not. */
export function ReplyBox({ parentId, onClose }: { parentId: string; onClose?: () => void }) {
  const { community, refresh } = useReplyThread();
  return (
    <TextComposer
      slot={`reply.${parentId}`}
      start={{ community }}
      label="Reply"
      placeholder="Write a reply"
      again="Write another"
      send={({ title: _, ...reply }, span) => submitPost({ ...reply, community, parent_id: parentId }, span)}
      onSent={({ sequence }) => refresh(sequence)}
      {...(onClose ? { onCancel: onClose } : {})}
    />
  );
}

export interface ReplyThread {
  community: string;
  /** Loads the replies again, waiting for the read side to reach `sequence`. */
  refresh: (sequence: number) => void;
}

const ReplyThreadContext = createContext<ReplyThread | null>(null);

export const ReplyThreadProvider = ReplyThreadContext.Provider;

export function useReplyThread(): ReplyThread {
  const thread = useContext(ReplyThreadContext);
  if (!thread) throw new Error("a reply needs a thread around it");
  return thread;
}
