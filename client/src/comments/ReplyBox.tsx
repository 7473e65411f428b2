import { submitPost } from "../api/posts";
import { TextComposer } from "../composer/TextComposer";
import { useThread } from "./thread";

/** The composer below a post or a reply. What was sent shows up in the thread, judged or not. */
export function ReplyBox({ parentId, onClose }: { parentId: string; onClose?: () => void }) {
  const { community, refresh } = useThread();
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
