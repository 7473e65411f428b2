import { formatAge } from "../../platform/browser/format";
import { now } from "../../platform/browser/online-viewport-clock";
import { t } from "../../platform/i18n";
import { can } from "../../platform/state/session";
import { Empty, Failure, Sentinel, Skeleton } from "../../ui/ListStates";
import { PostCard } from "../posts/PostCard";
import type { Feed } from "./feed";
import { ScoreBreakdown } from "./ScoreBreakdown";

/** The posts of a feed. They stay on the screen while more are loaded or when loading fails. */
export function FeedList({ feed, inCommunity }: { feed: Feed; inCommunity: boolean }) {
  const items = feed.items.value;
  const error = feed.error.value;
  const empty = items.length === 0 && feed.complete.value;
  return (
    <div class="feed" aria-busy={feed.loading.value}>
      {error !== undefined && items.length > 0 && (
        <p class="stale">
          {t("feed.stale", { age: formatAge(new Date(feed.loadedAt.value).toISOString(), now.value) })}
        </p>
      )}
      {items.map((item) => (
        <PostCard key={item.post.id} post={item.post} why={<ScoreBreakdown item={item} />} />
      ))}
      {empty && <EmptyFeed inCommunity={inCommunity} />}
      {feed.loading.value && <Skeleton items={items.length === 0 ? 5 : 2} />}
      {error !== undefined && <Failure error={error} retry={() => void feed.retry()} />}
      {items.length > 0 && !feed.complete.value && error === undefined && (
        <Sentinel key={items.length} onSight={() => void feed.more()} />
      )}
      {items.length > 0 && feed.complete.value && <p class="feed-end">{t("feed.end")}</p>}
    </div>
  );
}

function EmptyFeed({ inCommunity }: { inCommunity: boolean }) {
  return (
    <Empty title={t(inCommunity ? "feed.empty.community" : "feed.empty.order")}>
      {can("submit_post") ? (
        <a href="/write">{t("feed.empty.write")}</a>
      ) : (
        <a href="/?sort=new">{t("feed.empty.see_new")}</a>
      )}
    </Empty>
  );
}

/** Announces new posts; the list changes only when the user presses the button. */
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
          {t("feed.new_posts", { count })}
        </button>
      )}
    </div>
  );
}
