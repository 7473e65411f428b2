import { type Signal, signal } from "@preact/signals";
import { castVote } from "../../platform/api/posts";
import type { Post, VoteValue } from "../../platform/api/types";
import { report } from "../../platform/state/notices";
import { onStream } from "../../platform/stream/stream";
import { startSpan } from "../../platform/telemetry/tracer";

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
export function formatCount(count: number): string {
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

/** Shows the vote at once, then what the server counted; a failed vote is taken back and said. */
export async function vote(post: Post, pressed: 1 | -1): Promise<void> {
  const counts = countsOf(post);
  const before = counts.value;
  const mine: VoteValue = before.mine === pressed ? 0 : pressed;
  counts.value = { ...before, mine, votes: before.votes - before.mine + mine };
  const span = startSpan("client vote");
  span.set("ottit.post_id", post.id);
  try {
    const { votes } = await castVote(post.id, mine, span);
    counts.value = { ...counts.value, votes: votes.score };
  } catch (error) {
    counts.value = before;
    span.fail();
    report(error, "Your vote was not counted.");
  } finally {
    span.end();
  }
}
