import type { SearchItem } from "../../platform/api/types";
import { countOf, formatAge, formatDateTime } from "../../platform/browser/format";
import { now } from "../../platform/browser/signals";
import { INDEX_PROBLEM_WORDS, indexProblem } from "../../platform/local-index/queries";
import type { LocalHit } from "../../platform/local-index/search";
import type { PagedList } from "../../platform/state/paged-list";
import { Empty, Failure, Sentinel, Skeleton } from "../../ui/ListStates";
import { FoundBy, PostCard } from "../posts/PostCard";
import type { LiveSearch, ResultRow } from "./live-search";

interface Props {
  live: LiveSearch;
  /** The server's answer: its state, and its next pages. */
  server: PagedList<SearchItem>;
  words: string;
}

/** What was found, and how: by this device at once, then by the server. What is shown keeps its place. */
export function SearchResults({ live, server, words }: Props) {
  const rows = live.rows.value;
  const loading = server.loading.value;
  const error = server.error.value;
  const none = server.complete.value && !loading && rows.length === 0;
  return (
    <section aria-label={`Results for ${words}`} aria-busy={loading}>
      <p class="visually-hidden" role="status">
        {loading ? "" : `${rows.length} results`}
      </p>
      {indexProblem.value && <p class="meta">{INDEX_PROBLEM_WORDS[indexProblem.value]}</p>}
      <ReorderOffer live={live} />
      {rows.map((row) =>
        row.hit ? (
          <LocalResult key={row.id} row={row} hit={row.hit} />
        ) : (
          row.item && <PostCard key={row.id} post={row.item.post} found={row.item.why} />
        ),
      )}
      {loading && <Skeleton items={3} />}
      {error !== undefined && <Failure error={error} retry={() => void server.retry()} />}
      {none && <Empty title="Nothing found.">Try other words, or fewer filters.</Empty>}
      {rows.length > 0 && !server.complete.value && error === undefined && (
        <Sentinel key={rows.length} onSight={() => void server.more()} />
      )}
    </section>
  );
}

/** Its line is always there, so that nothing moves when the server has something to say. */
function ReorderOffer({ live }: { live: LiveSearch }) {
  const better = live.better.value;
  if (!live.rows.value.some(({ hit }) => hit)) return null;
  return (
    <p class="better-results" role="status">
      <span>At once, from this device</span>
      {better > 0 && (
        <button type="button" class="link-button" onClick={() => live.useServerOrder()}>
          {countOf(better, "nearer result")} from the server: reorder
        </button>
      )}
    </p>
  );
}

/** A result that this device found, in one line that keeps its height: nothing moves when the server adds to it. */
export function LocalResult({ row, hit }: { row: ResultRow; hit: LocalHit }) {
  const { post } = hit;
  const created = new Date(1000 * post.created).toISOString();
  const votes = row.item?.post.votes.score;
  return (
    <article class="local-result" aria-label={post.title}>
      <h2 class="local-result-title">
        <a href={`/p/${post.id}`}>{post.title || "A post without words"}</a>
      </h2>
      <p class="post-meta">
        <a class="post-community" href={`/c/${post.community}`}>
          {post.community}
        </a>
        <time dateTime={created} title={formatDateTime(created)}>
          {formatAge(created, now.value)}
        </time>
        {votes !== undefined && votes > 0 && <span>{countOf(votes, "vote")}</span>}
        <FoundBy why={hit.why} />
      </p>
    </article>
  );
}
