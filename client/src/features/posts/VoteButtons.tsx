import { castVote } from "../../platform/api/posts";
import { withRetries } from "../../platform/api/retry";
import type { Post, VoteValue } from "../../platform/api/types";
import { formatCount, formatDate } from "../../platform/browser/format";
import { t } from "../../platform/i18n";
import { announce, report } from "../../platform/state/notices";
import { can, voteWeight } from "../../platform/state/session";
import { startSpan } from "../../platform/telemetry/tracer";
import { Icon } from "../../ui/Icon";
import { countsOf } from "./live-counts";

/** Buttons to vote up and down around the count. Without the right to vote only the count is shown. */
export function VoteButtons({ post }: { post: Post }) {
  const { votes, mine } = countsOf(post).value;
  const label = t("posts.vote.count", { count: votes });
  if (!can("vote") || post.state !== "published") {
    return (
      <span class="vote-count only" title={label}>
        <Icon name="up" size={16} />
        <span class="visually-hidden">{label}</span>
        <span aria-hidden="true">{formatCount(votes)}</span>
      </span>
    );
  }
  const hint = weightHint();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out in one line of a footer everywhere.
    <div class="votes" role="group" aria-label={label}>
      <button
        type="button"
        aria-label={t("posts.vote.up")}
        aria-pressed={mine === 1}
        title={hint}
        onClick={() => vote(post, 1)}
      >
        <Icon name="up" size={18} />
      </button>
      <span class="vote-count" aria-hidden="true">
        {formatCount(votes)}
      </span>
      <button
        type="button"
        aria-label={t("posts.vote.down")}
        aria-pressed={mine === -1}
        title={hint}
        onClick={() => vote(post, -1)}
      >
        <Icon name="down" size={18} />
      </button>
    </div>
  );
}

/** The third try comes after about six seconds; later, the reader has forgotten the vote. */
const VOTE_TRIES = 3;

/** What a new account's vote counts; undefined if it counts fully. */
function weightHint(): string | undefined {
  const weight = voteWeight.value;
  if (!weight?.full_at) return undefined;
  return t("posts.vote.weight", { percent: weight.percent, date: formatDate(weight.full_at) });
}

/** The user has been told on this page that the count may not move by their vote. */
let told = false;

function tellWeight(): void {
  const hint = weightHint();
  if (hint && !told) announce(hint);
  told ||= hint !== undefined;
}

/**
 * Shows the vote at once, then the server's count. A failed vote is undone and reported. The count of a new account's
 * vote is the server's alone, because several of them make one.
 */
async function vote(post: Post, pressed: 1 | -1): Promise<void> {
  const counts = countsOf(post);
  const before = counts.value;
  const mine: VoteValue = before.mine === pressed ? 0 : pressed;
  const step = weightHint() ? 0 : mine - before.mine;
  counts.value = { ...before, mine, votes: before.votes + step };
  const span = startSpan("client vote");
  span.set("ottit.post_id", post.id);
  try {
    const { votes } = await withRetries(() => castVote(post.id, mine, span), VOTE_TRIES);
    counts.value = { ...counts.value, votes: votes.score };
    tellWeight();
  } catch (error) {
    counts.value = before;
    span.fail();
    report(error, t("posts.vote.not_counted"));
  } finally {
    span.end();
  }
}
