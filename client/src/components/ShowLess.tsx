import { useSignal } from "@preact/signals";
import { markPost } from "../api/posts";
import type { Post } from "../api/types";
import { can } from "../session/capabilities";
import { report } from "../state/notices";

/** Asks for less like this. It changes this person's feed only, the next time it is loaded. */
export function ShowLess({ post }: { post: Post }) {
  const asked = useSignal(false);
  if (!can("mark_read")) return null;
  const ask = async () => {
    try {
      await markPost(post.id, "less");
      asked.value = true;
    } catch (error) {
      report(error, "Your feed is as it was.");
    }
  };
  if (asked.value) return <p class="meta">There will be less like this in your feed.</p>;
  return (
    <button type="button" class="link-button" onClick={ask}>
      Show less like this
    </button>
  );
}
