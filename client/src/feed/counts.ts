import { type Signal, signal } from "@preact/signals";
import type { Post, VoteValue } from "../api/types";
import { onStream } from "../stream/stream";

interface Counts {
  votes: number;
  comments: number;
  mine: VoteValue;
}

/** Live numbers by post, over what was loaded with the post. */
const live = new Map<string, Signal<Counts>>();
const readFrom = new WeakSet<Post>();

/** The numbers of a post; a newer copy of the post brings newer numbers. */
export function countsOf(post: Post): Signal<Counts> {
  const loaded: Counts = { votes: post.votes.score, comments: post.comments, mine: post.my_vote };
  const known = live.get(post.id) ?? signal(loaded);
  if (!readFrom.has(post)) known.value = loaded;
  readFrom.add(post);
  live.set(post.id, known);
  return known;
}

/** "6,087", "12.3K": exact as long as it is short. */
export function shownCount(count: number): string {
  const notation = Math.abs(count) < 10_000 ? "standard" : "compact";
  return new Intl.NumberFormat("en", { notation, maximumFractionDigits: 1 }).format(count);
}

export function connectCounts(): () => void {
  return onStream("counts", (event) => {
    const known = live.get(event.post_id);
    if (!known) return;
    known.value = { ...known.value, votes: event.score, comments: event.comments };
  });
}
