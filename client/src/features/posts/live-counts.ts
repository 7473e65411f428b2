import { type Signal, signal } from "@preact/signals";
import type { Post, VoteValue } from "../../platform/api/types";
import { onStream } from "../../platform/stream/stream-subscriptions";

interface Counts {
  votes: number;
  comments: number;
  mine: VoteValue;
}

/** Live counts by post id; they start with the counts that were loaded with the post. */
const live = new Map<string, Signal<Counts>>();
const applied = new WeakSet<Post>();

/** The counts of a post. A newly loaded copy of the post updates them. */
export function countsOf(post: Post): Signal<Counts> {
  const loaded: Counts = { votes: post.votes.score, comments: post.comments, mine: post.my_vote };
  const known = live.get(post.id) ?? signal(loaded);
  if (!applied.has(post)) known.value = loaded;
  applied.add(post);
  live.set(post.id, known);
  return known;
}

/** Applies live counts of the event stream; the returned function stops it. */
export function connectCounts(): () => void {
  return onStream("counts", (event) => {
    const known = live.get(event.post_id);
    if (!known) return;
    known.value = { ...known.value, votes: event.score, comments: event.comments };
  });
}
