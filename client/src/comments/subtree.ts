import type { Comment } from "../api/types";

/** The replies to one post within the tree of its thread. */
export function repliesTo(id: string, tree: readonly Comment[]): readonly Comment[] | null {
  for (const comment of tree) {
    const found = comment.post.id === id ? comment.replies : repliesTo(id, comment.replies);
    if (found) return found;
  }
  return null;
}
