import type { SearchItem } from "../api/types";
import type { PagedList } from "../feed/paged-list";
import { Empty } from "./Empty";
import { Failure } from "./Failure";
import { PostCard } from "./PostCard";
import { Sentinel } from "./Sentinel";
import { Skeleton } from "./Skeleton";

/** What was found, and how. */
export function SearchResults({ results, words }: { results: PagedList<SearchItem>; words: string }) {
  const items = results.items.value;
  const error = results.error.value;
  const none = results.complete.value && items.length === 0;
  return (
    <section aria-label={`Results for ${words}`} aria-busy={results.loading.value}>
      <p class="visually-hidden" role="status">
        {results.loading.value ? "" : `${items.length} results`}
      </p>
      {items.map((item) => (
        <PostCard key={item.post.id} post={item.post} found={howFound(item.why)} />
      ))}
      {results.loading.value && <Skeleton items={3} />}
      {error !== undefined && <Failure error={error} retry={() => void results.recover()} />}
      {none && <Empty title="Nothing found.">Try other words, or fewer filters.</Empty>}
      {items.length > 0 && !results.complete.value && error === undefined && (
        <Sentinel key={items.length} onSight={() => void results.more()} />
      )}
    </section>
  );
}

const WHY: Record<string, string> = {
  exact: "exact words",
};

function howFound(why: string): string {
  return WHY[why] ?? why;
}
