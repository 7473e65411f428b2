import { useSignal } from "@preact/signals";
import type { Comment } from "../api/types";
import { Icon } from "../components/Icon";
import { PostMeta } from "../components/PostMeta";
import { narrow } from "../state/viewport";
import { CommentBody } from "./CommentBody";

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
