import { useSignal } from "@preact/signals";
import { submitPost } from "../api/posts";
import { TextComposer } from "../composer/TextComposer";
import { useThread } from "./thread";

/** The composer below a post or a reply; after sending, a fresh one takes its place. */
export function ReplyBox({ parentId, onClose }: { parentId: string; onClose?: () => void }) {
  const { community, refresh } = useThread();
  const round = useSignal(0);
  return (
    <TextComposer
      key={round.value}
      slot={`reply.${parentId}`}
      start={{ community }}
      label="Reply"
      placeholder="Write a reply"
      send={({ id, body }, span) => submitPost({ id, community, body, parent_id: parentId }, span)}
      onSent={({ sequence }) => {
        refresh(sequence);
        round.value += 1;
        onClose?.();
      }}
      {...(onClose ? { onCancel: onClose } : {})}
    />
  );
}
