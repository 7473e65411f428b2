import type { Post } from "../api/types";
import { useDisclosure } from "../state/use-disclosure";
import { Icon } from "./Icon";
import { PostActions } from "./PostActions";

/** The rarer actions of a reply, behind one button, so that a thread stays quiet. */
export function MoreActions({ post }: { post: Post }) {
  const { open, button, panel } = useDisclosure();
  return (
    <>
      <button {...button} class="quiet-button" aria-label={open ? "Fewer actions" : "More actions"}>
        <Icon name="more" size={18} />
      </button>
      <span {...panel} class="more-actions">
        {open && <PostActions post={post} />}
      </span>
    </>
  );
}
