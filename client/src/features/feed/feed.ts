import { signal } from "@preact/signals";
import { api } from "../../platform/api/client";
import type { FeedItem, Page, Sort, Window } from "../../platform/api/types";
import { PAGE_SIZE, PagedList } from "../../platform/state/paged-list";
import { user } from "../../platform/state/session";
import { onStream } from "../../platform/stream/stream-subscriptions";

/** One feed: its list, and the ids of newer posts that the pill announces. */
export class Feed extends PagedList<FeedItem> {
  readonly waiting = signal<ReadonlySet<string>>(new Set());

  constructor(readonly query: FeedQuery) {
    super(
      (cursor, signal) => readFeed(query, cursor, signal),
      (item) => item.post.id,
    );
  }

  override async restart(): Promise<void> {
    this.waiting.value = new Set();
    await super.restart();
  }

  addNewPost(postId: string, community: string): void {
    const isInFeed = !this.query.community || this.query.community === community;
    const isListed = this.items.value.some((item) => item.post.id === postId);
    if (isInFeed && !isListed) this.waiting.value = new Set([...this.waiting.value, postId]);
  }
}

/** Feeds that were opened since the page was loaded: going back shows them unchanged. */
const opened = new Map<string, Feed>();

export function feedFor(query: FeedQuery): Feed {
  const key = [user.value?.id, query.sort, query.window, query.community].join("|");
  const known = opened.get(key) ?? new Feed(query);
  opened.set(key, known);
  return known;
}

/** Counts new posts for every opened feed; the returned function stops it. */
export function connectFeeds(): () => void {
  return onStream("post", (event) => {
    if (event.is_comment) return;
    for (const feed of opened.values()) feed.addNewPost(event.post_id, event.community);
  });
}

export interface FeedQuery {
  sort: Sort;
  window?: Window;
  community?: string;
}

export const readFeed = (query: FeedQuery, cursor: string | undefined, signal: AbortSignal) =>
  api<Page<FeedItem>>("/v1/feed", { query: { ...query, cursor, limit: PAGE_SIZE }, signal });
