import { countOf, formatAge } from "../../platform/browser/format";
import { now } from "../../platform/browser/signals";
import { can } from "../../platform/state/session";
import { Empty, Failure, Sentinel, Skeleton } from "../../ui/ListStates";
import { PostCard } from "../posts/PostCard";
import type { Feed } from "./feed";
import { WhyHere } from "./WhyHere";

/** The posts of a feed; what is on the page stays while more is loaded or when loading fails. */
export function FeedList({ feed, inCommunity }: { feed: Feed; inCommunity: boolean }) {
  const items = feed.items.value;
  const error = feed.error.value;
  const empty = items.length === 0 && feed.complete.value;
  return (
    <div class="feed" aria-busy={feed.loading.value}>
      {error !== undefined && items.length > 0 && (
        <p class="stale">
          What you see is {formatAge(new Date(feed.loadedAt.value).toISOString(), now.value)} old.
        </p>
      )}
      {items.map((item) => (
        <PostCard key={item.post.id} post={item.post} why={<WhyHere item={item} />} />
      ))}
      {empty && <EmptyFeed inCommunity={inCommunity} />}
      {feed.loading.value && <Skeleton items={items.length === 0 ? 5 : 2} />}
      {error !== undefined && <Failure error={error} retry={() => void feed.retry()} />}
      {items.length > 0 && !feed.complete.value && error === undefined && (
        <Sentinel key={items.length} onSight={() => void feed.more()} />
      )}
      {items.length > 0 && feed.complete.value && <p class="feed-end">That is all there is.</p>}
    </div>
  );
}

function EmptyFeed({ inCommunity }: { inCommunity: boolean }) {
  return (
    <Empty title={inCommunity ? "Nothing here yet." : "No posts in this order yet."}>
      {can("submit_post") ? (
        <a href="/write">Write the first one</a>
      ) : (
        <a href="/?sort=new">See what is new</a>
      )}
    </Empty>
  );
}

/** Says that there is news; only the person makes the list move. */
export function NewPostsPill({ feed }: { feed: Feed }) {
  const count = feed.waiting.value.size;
  const show = () => {
    window.scrollTo({ top: 0 });
    void feed.restart();
  };
  return (
    <div class="pill-place" role="status" aria-live="polite">
      {count > 0 && (
        <button type="button" class="pill" onClick={show}>
          {countOf(count, "new post")}
        </button>
      )}
    </div>
  );
}
