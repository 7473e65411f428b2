import type { SearchItem } from "../../platform/api/types";
import { formatAge, formatDateTime } from "../../platform/browser/format";
import { now } from "../../platform/browser/online-viewport-clock";
import { type MessageKey, t } from "../../platform/i18n";
import type { LocalHit } from "../../platform/local-index/hybrid-search";
import { indexProblem } from "../../platform/local-index/local-index-singleton";
import type { IndexProblem } from "../../platform/local-index/snapshot-sync";
import type { PagedList } from "../../platform/state/paged-list";
import { Empty, Failure, Sentinel, Skeleton } from "../../ui/ListStates";
import { FoundBy, PostCard } from "../posts/PostCard";
import type { LiveSearch, ResultRow } from "./live-search";

interface Props {
  live: LiveSearch;
  /** The server's results, page by page. */
  server: PagedList<SearchItem>;
  query: string;
}

const INDEX_PROBLEMS: Readonly<Record<IndexProblem, MessageKey>> = {
  refused: "search.local.refused",
  mismatch: "search.local.mismatch",
};

/** Results of the local index and of the server. Shown results keep their place. */
export function SearchResults({ live, server, query }: Props) {
  const rows = live.rows.value;
  const loading = server.loading.value;
  const error = server.error.value;
  const none = server.complete.value && !loading && rows.length === 0;
  return (
    <section aria-label={t("search.results", { query })} aria-busy={loading}>
      <p class="visually-hidden" role="status">
        {loading ? "" : t("search.results.count", { count: rows.length })}
      </p>
      {indexProblem.value && <p class="meta">{t(INDEX_PROBLEMS[indexProblem.value])}</p>}
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
      {none && <Empty title={t("search.results.empty")}>{t("search.results.empty_hint")}</Empty>}
      {rows.length > 0 && !server.complete.value && error === undefined && (
        <Sentinel key={rows.length} onSight={() => void server.more()} />
      )}
    </section>
  );
}

/** Offers the server's order. Its line is always shown, so that nothing moves when the offer appears. */
function ReorderOffer({ live }: { live: LiveSearch }) {
  const count = live.betterCount.value;
  if (!live.rows.value.some(({ hit }) => hit)) return null;
  return (
    <p class="better-results" role="status">
      <span>{t("search.local")}</span>
      {count > 0 && (
        <button type="button" class="link-button" onClick={() => live.useServerOrder()}>
          {t("search.local.reorder", { count })}
        </button>
      )}
    </p>
  );
}

/** A local result of fixed height, so that nothing moves when the server adds its votes. */
export function LocalResult({ row, hit }: { row: ResultRow; hit: LocalHit }) {
  const { post } = hit;
  const created = new Date(1000 * post.created).toISOString();
  const votes = row.item?.post.votes.score;
  return (
    <article class="local-result" aria-label={post.title}>
      <h2 class="local-result-title" dir="auto">
        <a href={`/p/${post.id}`}>{post.title || t("search.local.untitled")}</a>
      </h2>
      <p class="post-meta">
        <a class="post-community" href={`/c/${post.community}`}>
          <bdi>{post.community}</bdi>
        </a>
        <time dateTime={created} title={formatDateTime(created)}>
          {formatAge(created, now.value)}
        </time>
        {votes !== undefined && votes > 0 && <span>{t("search.results.votes", { count: votes })}</span>}
        <FoundBy why={hit.why} />
      </p>
    </article>
  );
}
