/** The element of a post in the queue. */
export function itemId(postId: string): string {
  return `review-${postId}`;
}
