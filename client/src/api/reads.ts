import { startSpan } from "../telemetry/tracer";
import { api } from "./api";
import type {
  Community,
  FeedItem,
  NewCommunity,
  Page,
  Post,
  Profile,
  SearchItem,
  Sort,
  Window,
} from "./types";

export interface FeedQuery {
  sort: Sort;
  window?: Window;
  community?: string;
}

export interface SearchQuery {
  q: string;
  community?: string;
  author?: string;
}

/** Enough to fill two tall screens; the gateway allows 50. */
const PAGE = 25;

export const readFeed = (query: FeedQuery, cursor: string | undefined, signal: AbortSignal) =>
  api<Page<FeedItem>>("/v1/feed", { query: { ...query, cursor, limit: PAGE }, signal });

export async function searchPosts(query: SearchQuery, cursor: string | undefined, signal: AbortSignal) {
  const parent = startSpan("client search");
  try {
    return await api<Page<SearchItem>>("/v1/search", {
      query: { ...query, cursor, limit: PAGE },
      signal,
      parent,
    });
  } finally {
    parent.end();
  }
}

export const readOwnPosts = (cursor: string | undefined, signal: AbortSignal) =>
  api<Page<Post>>("/v1/me/posts", { query: { cursor, limit: PAGE }, signal });

export const readProfile = (handle: string, signal: AbortSignal) =>
  api<Profile>(`/v1/users/${encodeURIComponent(handle)}`, { signal });

/** The policy in force, unchecked; the browser keeps it and asks only whether it is still current. */
export const readPolicy = () => api<unknown>("/v1/policy");

export const readCommunities = () => api<Page<Community>>("/v1/communities");

export const createCommunity = (community: NewCommunity) =>
  api<Community>("/v1/communities", { method: "POST", body: community });
