import { isProblem } from "../api/api";
import { markPost } from "../api/posts";
import { can } from "../session/capabilities";

const told = new Set<string>();

/** Tells once per page load that a post was opened; the person's own feed learns from it. Not worth an error. */
export async function markRead(postId: string): Promise<void> {
  if (!can("mark_read") || told.has(postId)) return;
  told.add(postId);
  try {
    await markPost(postId, "read");
  } catch (error) {
    if (!isProblem(error)) throw error;
  }
}
