import { signal } from "@preact/signals";
import type { SearchItem } from "../../platform/api/types";
import type { LocalHit } from "../../platform/local-index/hybrid-search";

/** Results for the typed query: local ones at once, then the server's. `mergeResults` gives the order. */
export class LiveSearch {
  readonly rows = signal<readonly ResultRow[]>([]);
  readonly betterCount = signal(0);
  /** The query of the shown rows. */
  private shownKey = "";
  /** The typed query; older results stay until it has results. */
  private typedKey = "";
  private hits: readonly LocalHit[] = [];
  private items: readonly SearchItem[] = [];

  /** Sets the typed query; results of other queries are ignored from now on. */
  setQuery(key: string): void {
    this.typedKey = key;
  }

  /** Adds results of the local index. */
  addLocalHits(key: string, hits: readonly LocalHit[]): void {
    if (key !== this.typedKey || hits.length === 0) return;
    this.startQuery(key);
    this.hits = hits;
    this.show();
  }

  /** Sets the server's results, all loaded pages. */
  addServerItems(key: string, items: readonly SearchItem[]): void {
    if (key !== this.typedKey) return;
    this.startQuery(key);
    this.items = items;
    this.show();
  }

  /** Sorts the rows in the server's order, on the user's request. */
  useServerOrder(): void {
    this.rows.value = inServerOrder(this.rows.peek(), this.items);
    this.betterCount.value = 0;
    this.hits = [];
  }

  /** Removes a post that is no longer public. */
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
    const { rows, betterCount } = mergeResults(this.rows.peek(), this.hits, this.items);
    this.rows.value = rows;
    this.betterCount.value = this.hits.length > 0 ? betterCount : 0;
  }
}

/** One result: `hit` if the local index found it, `item` if the server did. */
export interface ResultRow {
  id: string;
  hit?: LocalHit;
  item?: SearchItem;
}

export interface MergedResults {
  rows: ResultRow[];
  /** Number of rows below that the server ranks above a local result. */
  betterCount: number;
}

/**
 * Merges local and server results of one query. Shown rows never move. Local results come first, then those that only
 * the server found, in its order; a row that both found keeps its place and gets the server's data. Server results that
 * would rank among the local ones are counted, so that the user can ask for the server's order.
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
  return { rows, betterCount: better.length };
}

/** Rows in the server's order; those that only the local index found come last. */
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
