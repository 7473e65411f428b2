import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { SearchItem } from "../../platform/api/types";
import { localIndex, openLocalIndex, searchLocally } from "../../platform/local-index/local-index-singleton";
import { deviceModel } from "../../platform/state/device-model-singleton";
import type { PagedList } from "../../platform/state/paged-list";
import { onStream } from "../../platform/stream/stream-subscriptions";
import { LiveSearch } from "./live-search";

/** Longest wait for the query's embedding before results by words are shown; still perceived as immediate. */
const VECTOR_MS = 80;
/** One letter would match everything; one Chinese character or Korean syllable is a word. */
const SEARCHABLE = /..|[\p{Script=Han}\p{Script=Hangul}]/u;

export interface SearchParams {
  q: string;
  community: string;
  author: string;
}

/** Results for the typed query, from the local index and from the server. */
export function useLiveSearch(query: SearchParams, server: PagedList<SearchItem>): LiveSearch {
  const live = useMemo(() => new LiveSearch(), []);
  const text = (typedQuery.value ?? query.q).trim();
  const key = [text, query.community, query.author].join("\n");
  const posts = localIndex.value?.snapshot.value;
  const items = server.items.value;
  useEffect(() => {
    void openLocalIndex();
    const stop = onStream("gone", ({ post_id }) => live.remove(post_id));
    return () => {
      stop();
      typedQuery.value = null;
    };
  }, []);
  useEffect(() => {
    live.setQuery(key);
    // The local index does not know authors.
    if (!SEARCHABLE.test(text) || query.author !== "") return;
    const abort = new AbortController();
    void search(live, key, text, query.community, abort.signal);
    return () => abort.abort();
  }, [live, key, posts, deviceModel.vectorKind.value]);
  useEffect(() => {
    if (server.loadedAt.peek() > 0)
      live.addServerItems([query.q, query.community, query.author].join("\n"), items);
  }, [live, items, key]);
  return live;
}

async function search(live: LiveSearch, key: string, text: string, community: string, signal: AbortSignal) {
  const vector = deviceModel.vectorOf(text, signal);
  const quickVector =
    deviceModel.vectorKind.peek() === "" ? null : await Promise.race([vector, after(VECTOR_MS)]);
  if (signal.aborted) return;
  live.addLocalHits(key, searchLocally(text, quickVector, community));
  const lateVector = quickVector ? null : await vector;
  if (lateVector && !signal.aborted) live.addLocalHits(key, searchLocally(text, lateVector, community));
}

function after(milliseconds: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), milliseconds));
}

/** Text of the search field; null if it equals the query in the address. */
export const typedQuery = signal<string | null>(null);
