import { useSignal } from "@preact/signals";
import type { Post } from "../api/types";
import { MoreActions } from "../components/MoreActions";
import { StateNote } from "../components/StateNote";
import { VoteButtons } from "../components/VoteButtons";
import { Markdown } from "../markdown/Markdown";
import { can } from "../session/capabilities";
import { ReplyBox } from "./ReplyBox";

/** What a reply says, its votes and actions, and the box to answer it. */
export function CommentBody({ post }: { post: Post }) {
  const replying = useSignal(false);
  const published = post.state === "published";
  return (
    <>
      <Markdown text={post.body} />
      {!published && <StateNote post={post} />}
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
        <MoreActions post={post} />
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
