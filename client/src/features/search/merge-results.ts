import type { SearchItem } from "../../platform/api/types";
import type { QuickHit } from "../../platform/local-index/search";

/** One result on the page. `hit`: this device found it; `item`: the server did. */
export interface Row {
  id: string;
  hit?: QuickHit;
  item?: SearchItem;
}

export interface Merged {
  rows: Row[];
  /** Rows further down that the server puts before what this device showed. */
  better: number;
}

/**
 * Results of one query, from both sides. What is on the page keeps its place: a row never moves and never goes while
 * its query stands. What the device finds comes first, in its order; what only the server finds follows in the server's
 * order; what both find stays where it is and learns what the server knows of it. Whatever the server would have put
 * among the shown rows is counted, and said: the person may then ask for the server's order.
 */
export function merge(
  shown: readonly Row[],
  hits: readonly QuickHit[],
  items: readonly SearchItem[],
): Merged {
  const byId = new Map(items.map((item) => [item.post.id, item]));
  const rows = shown.map((row) => filledIn(row, byId));
  const here = new Set(rows.map(({ id }) => id));
  const add = (row: Row) => {
    if (here.has(row.id)) return;
    here.add(row.id);
    rows.push(filledIn(row, byId));
  };
  for (const hit of hits) add({ id: hit.post.id, hit });
  const before = rows.filter(({ hit }) => hit).length;
  const better = items.slice(0, before).filter(({ post }) => !rows.slice(0, before).some(isPost(post.id)));
  for (const item of items) add({ id: item.post.id, item });
  return { rows, better: better.length };
}

/** The server's order, for who asked for it; what only this device found stands behind. */
export function serversOrder(rows: readonly Row[], items: readonly SearchItem[]): Row[] {
  const place = new Map(items.map((item, rank) => [item.post.id, rank]));
  const rank = (row: Row) => place.get(row.id) ?? items.length;
  return rows.toSorted((a, b) => rank(a) - rank(b));
}

const isPost = (id: string) => (row: Row) => row.id === id;

function filledIn(row: Row, byId: ReadonlyMap<string, SearchItem>): Row {
  const item = byId.get(row.id);
  return item && !row.item ? { ...row, item } : row;
}
