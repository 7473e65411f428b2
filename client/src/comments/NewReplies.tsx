import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { counted } from "../state/quantities";
import { onStream } from "../stream/stream";

interface Props {
  rootId: string;
  /** Replies that are on the page already. */
  known: ReadonlySet<string>;
  onShow: () => void;
}

/**
 * News in a thread. Replies of others wait behind a button, so that nothing moves under the reader; a
 * decision about a reply that is on the page is shown at once, in its place.
 */
export function NewReplies({ rootId, known, onShow }: Props) {
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
          Show {counted(count, "new reply", "new replies")}
        </button>
      )}
    </div>
  );
}
