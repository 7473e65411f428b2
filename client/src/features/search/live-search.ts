import { signal } from "@preact/signals";
import type { SearchItem } from "../../platform/api/types";
import type { LocalHit } from "../../platform/local-index/search";

/** The results of what is typed now: this device's at once, the server's behind them. `merge` says how they meet. */
export class LiveSearch {
  readonly rows = signal<readonly ResultRow[]>([]);
  readonly better = signal(0);
  /** Of what query the rows are results. */
  private shownKey = "";
  /** What is typed now; older results stay until something is found for it. */
  private typedKey = "";
  private hits: readonly LocalHit[] = [];
  private items: readonly SearchItem[] = [];

  /** What is typed now: answers to anything else are too late. */
  setQuery(key: string): void {
    this.typedKey = key;
  }

  /** What this device found. */
  addLocalHits(key: string, hits: readonly LocalHit[]): void {
    if (key !== this.typedKey || hits.length === 0) return;
    this.startQuery(key);
    this.hits = hits;
    this.show();
  }

  /** What the server answered, as far as it was paged. */
  addServerItems(key: string, items: readonly SearchItem[]): void {
    if (key !== this.typedKey) return;
    this.startQuery(key);
    this.items = items;
    this.show();
  }

  /** The person asked for the server's order. */
  useServerOrder(): void {
    this.rows.value = inServerOrder(this.rows.peek(), this.items);
    this.better.value = 0;
    this.hits = [];
  }

  /** A post was taken down: it leaves the page, too. */
  remove(postId: string): void {
    this.rows.value = this.rows.peek().filter(({ id }) => id !== postId);
    this.hits = this.hits.filter(({ post }) => post.id !== postId);
    this.items = this.items.filter(({ post }) => post.id !== postId);
  }

  private startQuery(key: string): void {
    if (key === this.shownKey) return;
    this.shownKey = key;
    this.rows.value = [];
    this.hits = [];
    this.items = [];
  }

  private show(): void {
    const { rows, better } = mergeResults(this.rows.peek(), this.hits, this.items);
    this.rows.value = rows;
    this.better.value = this.hits.length > 0 ? better : 0;
  }
}

/** One result on the page. `hit`: this device found it; `item`: the server did. */
export interface ResultRow {
  id: string;
  hit?: LocalHit;
  item?: SearchItem;
}

export interface MergedResults {
  rows: ResultRow[];
  /** Rows further down that the server puts before what this device showed. */
  better: number;
}

/**
 * Results of one query, from both sides. What is on the page keeps its place: a row never moves and never goes while
 * its query stands. What the device finds comes first, in its order; what only the server finds follows in the server's
 * order; what both find stays where it is and learns what the server knows of it. Whatever the server would have put
 * among the shown rows is counted, and said: the person may then ask for the server's order.
 */
export function mergeResults(
  shown: readonly ResultRow[],
  hits: readonly LocalHit[],
  items: readonly SearchItem[],
): MergedResults {
  const byId = new Map(items.map((item) => [item.post.id, item]));
  const rows = shown.map((row) => withServerItem(row, byId));
  const here = new Set(rows.map(({ id }) => id));
  const add = (row: ResultRow) => {
    if (here.has(row.id)) return;
    here.add(row.id);
    rows.push(withServerItem(row, byId));
  };
  for (const hit of hits) add({ id: hit.post.id, hit });
  const before = rows.filter(({ hit }) => hit).length;
  const better = items.slice(0, before).filter(({ post }) => !rows.slice(0, before).some(isPost(post.id)));
  for (const item of items) add({ id: item.post.id, item });
  return { rows, better: better.length };
}

/** The server's order, for who asked for it; what only this device found stands behind. */
export function inServerOrder(rows: readonly ResultRow[], items: readonly SearchItem[]): ResultRow[] {
  const place = new Map(items.map((item, rank) => [item.post.id, rank]));
  const rank = (row: ResultRow) => place.get(row.id) ?? items.length;
  return rows.toSorted((a, b) => rank(a) - rank(b));
}

const isPost = (id: string) => (row: ResultRow) => row.id === id;

function withServerItem(row: ResultRow, byId: ReadonlyMap<string, SearchItem>): ResultRow {
  const item = byId.get(row.id);
  return item && !row.item ? { ...row, item } : row;
}
