import type { SearchItem } from "../api/types";
import type { PagedList } from "../feed/paged-list";
import type { LiveSearch } from "../quick/live-search";
import { QuickRow } from "../quick/QuickRow";
import { quickTrouble, TROUBLE_WORDS } from "../quick/trouble";
import { counted } from "../state/quantities";
import { Empty } from "./Empty";
import { Failure } from "./Failure";
import { PostCard } from "./PostCard";
import { Sentinel } from "./Sentinel";
import { Skeleton } from "./Skeleton";

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
      {quickTrouble.value && <p class="meta">{TROUBLE_WORDS[quickTrouble.value]}</p>}
      <BetterResults live={live} />
      {rows.map((row) =>
        row.hit ? (
          <QuickRow key={row.id} row={row} hit={row.hit} />
        ) : (
          row.item && <PostCard key={row.id} post={row.item.post} found={row.item.why} />
        ),
      )}
      {loading && <Skeleton items={3} />}
      {error !== undefined && <Failure error={error} retry={() => void server.recover()} />}
      {none && <Empty title="Nothing found.">Try other words, or fewer filters.</Empty>}
      {rows.length > 0 && !server.complete.value && error === undefined && (
        <Sentinel key={rows.length} onSight={() => void server.more()} />
      )}
    </section>
  );
}

/** Its line is always there, so that nothing moves when the server has something to say. */
function BetterResults({ live }: { live: LiveSearch }) {
  const better = live.better.value;
  if (!live.rows.value.some(({ hit }) => hit)) return null;
  return (
    <p class="better-results" role="status">
      <span>At once, from this device</span>
      {better > 0 && (
        <button type="button" class="link-button" onClick={() => live.adopt()}>
          {counted(better, "nearer result")} from the server: reorder
        </button>
      )}
    </p>
  );
}
