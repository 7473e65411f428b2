import { useEffect, useMemo } from "preact/hooks";
import { api } from "../../platform/api/client";
import type { Page, SearchItem } from "../../platform/api/types";
import { navigate, route } from "../../platform/browser/router";
import { t } from "../../platform/i18n";
import { PAGE_SIZE, PagedList, usePagedList } from "../../platform/state/paged-list";
import { startSpan } from "../../platform/telemetry/tracer";
import { Screen } from "../../ui/Screen";
import { communities } from "../communities/communities";
import { SearchBox } from "./SearchBox";
import { SearchResults } from "./SearchResults";
import { typedQuery, useLiveSearch } from "./use-live-search";

/** Search over all published posts. The query is part of the address. */
export function SearchScreen() {
  const { q, community, author } = queryOf(route.value.query);
  const results = useMemo(() => resultsFor({ q, community, author }), [q, community, author]);
  usePagedList(results, q !== "");
  useEffect(() => () => results.close(), [results]);
  const live = useLiveSearch({ q, community, author }, results);
  const text = (typedQuery.value ?? q).trim();
  const aside = (
    <section class="note">
      <h2>{t("search.help.title")}</h2>
      <p>{t("search.help.method")}</p>
      <p>{t("search.help.device")}</p>
    </section>
  );
  return (
    <Screen title={t("search.title")} aside={aside}>
      <SearchBox live class="search-main" />
      <SearchFilters community={community} author={author} />
      {text && <SearchResults live={live} server={results} query={text} />}
    </Screen>
  );
}

function queryOf(query: URLSearchParams): Required<SearchQuery> {
  const read = (name: string) => (query.get(name) ?? "").trim();
  return { q: read("q"), community: read("community"), author: read("author") };
}

function resultsFor(query: SearchQuery): PagedList<SearchItem> {
  return new PagedList(
    (cursor, signal) => searchPosts(query, cursor, signal),
    (item) => item.post.id,
  );
}

/** Narrows a search to one community or one author. */
export function SearchFilters({ community, author }: { community: string; author: string }) {
  return (
    <div class="filters">
      <label>
        <span>{t("search.by.community")}</span>
        <input
          dir="auto"
          class="field"
          list="filter-communities"
          placeholder={t("search.by.community_placeholder")}
          defaultValue={community}
          key={`c-${community}`}
          autocapitalize="none"
          onChange={(event) => narrow("community", event.currentTarget.value)}
        />
      </label>
      <datalist id="filter-communities">
        {communities.value?.map(({ name, title }) => (
          <option key={name} value={name} dir="auto">
            {title}
          </option>
        ))}
      </datalist>
      <label>
        <span>{t("search.by.author")}</span>
        <input
          dir="auto"
          class="field"
          placeholder={t("search.by.author_placeholder")}
          defaultValue={author}
          key={`a-${author}`}
          autocapitalize="none"
          onChange={(event) => narrow("author", event.currentTarget.value)}
        />
      </label>
    </div>
  );
}

function narrow(name: "community" | "author", value: string): void {
  const query = new URLSearchParams(route.peek().query);
  if (value.trim()) query.set(name, value.trim());
  else query.delete(name);
  navigate(`/search?${query}`, true);
}

export interface SearchQuery {
  q: string;
  community?: string;
  author?: string;
}

export async function searchPosts(query: SearchQuery, cursor: string | undefined, signal: AbortSignal) {
  const parent = startSpan("client search");
  try {
    return await api<Page<SearchItem>>("/v1/search", {
      query: { ...query, cursor, limit: PAGE_SIZE },
      signal,
      parent,
    });
  } finally {
    parent.end();
  }
}
