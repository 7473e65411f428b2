import { useEffect, useMemo } from "preact/hooks";
import { type SearchQuery, searchPosts } from "../api/reads";
import type { SearchItem } from "../api/types";
import { SearchBox } from "../components/SearchBox";
import { SearchFilters } from "../components/SearchFilters";
import { SearchResults } from "../components/SearchResults";
import { PagedList } from "../feed/paged-list";
import { useList } from "../feed/use-list";
import { typed } from "../quick/typed";
import { useLiveSearch } from "../quick/use-live-search";
import { place } from "../router/router";
import { Screen } from "./Screen";

/** Search over everything that is published; its address says what was asked. */
export function SearchScreen() {
  const { q, community, author } = asked(place.value.query);
  const results = useMemo(() => resultsFor({ q, community, author }), [q, community, author]);
  useList(results, q !== "");
  useEffect(() => () => results.close(), [results]);
  const live = useLiveSearch({ q, community, author }, results);
  const words = (typed.value ?? q).trim();
  const aside = (
    <section class="note">
      <h2>How this searches</h2>
      <p>
        By words and by meaning at once: exact words come first, then posts that say something near to it in
        other words. Each result says how it was found.
      </p>
      <p>
        The newest posts are kept on this device and searched while you type. What you see then keeps its
        place; what only the server finds comes below.
      </p>
    </section>
  );
  return (
    <Screen title="Search" aside={aside}>
      <SearchBox live class="search-main" />
      <SearchFilters community={community} author={author} />
      {words && <SearchResults live={live} server={results} words={words} />}
    </Screen>
  );
}

function asked(query: URLSearchParams): Required<SearchQuery> {
  const read = (name: string) => (query.get(name) ?? "").trim();
  return { q: read("q"), community: read("community"), author: read("author") };
}

function resultsFor(query: SearchQuery): PagedList<SearchItem> {
  return new PagedList(
    (cursor, signal) => searchPosts(query, cursor, signal),
    (item) => item.post.id,
  );
}
