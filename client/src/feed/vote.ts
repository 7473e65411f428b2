import { castVote } from "../api/posts";
import type { Post, VoteValue } from "../api/types";
import { report } from "../state/notices";
import { startSpan } from "../telemetry/tracer";
import { countsOf } from "./counts";

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
