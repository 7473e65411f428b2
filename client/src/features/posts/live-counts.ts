import { type Signal, signal } from "@preact/signals";
import { castVote } from "../../platform/api/posts";
import type { Post, VoteValue } from "../../platform/api/types";
import { t } from "../../platform/i18n";
import { report } from "../../platform/state/notices";
import { onStream } from "../../platform/stream/stream";
import { startSpan } from "../../platform/telemetry/tracer";

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

/** Shows the vote at once, then the server's count. A failed vote is undone and reported. */
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
    report(error, t("posts.vote.not_counted"));
  } finally {
    span.end();
  }
}
