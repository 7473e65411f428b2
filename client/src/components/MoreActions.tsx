import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { Post } from "../api/types";
import { Icon } from "./Icon";
import { PostActions } from "./PostActions";

/** The rarer actions of a reply, behind one button, so that a thread stays quiet. */
export function MoreActions({ post }: { post: Post }) {
  const open = useSignal(false);
  const id = useId();
  return (
    <>
      <button
        type="button"
        class="quiet-button"
        aria-label={open.value ? "Fewer actions" : "More actions"}
        aria-expanded={open.value}
        aria-controls={id}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        <Icon name="more" size={18} />
      </button>
      <span id={id} class="more-actions" hidden={!open.value}>
        {open.value && <PostActions post={post} />}
      </span>
    </>
  );
}
