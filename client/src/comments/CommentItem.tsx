import { useSignal } from "@preact/signals";
import type { Comment } from "../api/types";
import { MoreActions } from "../components/MoreActions";
import { PostMeta } from "../components/PostMeta";
import { StateNote } from "../components/StateNote";
import { VoteButtons } from "../components/VoteButtons";
import { Markdown } from "../markdown/Markdown";
import { can } from "../session/capabilities";
import { narrow } from "../state/viewport";
import { ReplyBox } from "./ReplyBox";

/** How deep replies are indented before a thread gets its own page: lines stay readable. */
const DEPTH = { narrow: 4, wide: 8 };

/** One reply with the replies to it. */
export function CommentItem({ comment, depth }: { comment: Comment; depth: number }) {
  const { post } = comment;
  const folded = useSignal(false);
  const replying = useSignal(false);
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
          {folded.value ? "+" : "−"}
        </button>
        {gone ? <p class="post-meta">withdrawn by its author</p> : <PostMeta post={post} />}
      </div>
      <div class="comment-content" hidden={folded.value}>
        {!gone && <Markdown text={post.body} />}
        {!gone && post.state !== "published" && <StateNote post={post} />}
        {!gone && (
          <div class="post-footer">
            <VoteButtons post={post} />
            {can("submit_post") && post.state === "published" && (
              <button
                type="button"
                class="quiet-button"
                onClick={() => {
                  replying.value = !replying.value;
                }}
              >
                Reply
              </button>
            )}
            <MoreActions post={post} />
          </div>
        )}
        {replying.value && (
          <ReplyBox
            parentId={post.id}
            onClose={() => {
              replying.value = false;
            }}
          />
        )}
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
