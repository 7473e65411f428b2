import { signal } from "@preact/signals";
import type { SearchItem } from "../../platform/api/types";
import type { QuickHit } from "../../platform/local-index/search";
import { merge, type Row, serversOrder } from "./merge-results";

/** The results of what is typed now: this device's at once, the server's behind them. `merge` says how they meet. */
export class LiveSearch {
  readonly rows = signal<readonly Row[]>([]);
  readonly better = signal(0);
  /** Of what query the rows are results. */
  private shown = "";
  /** What is typed now; older results stay until something is found for it. */
  private wanted = "";
  private hits: readonly QuickHit[] = [];
  private items: readonly SearchItem[] = [];

  /** What is typed now: answers to anything else are too late. */
  want(key: string): void {
    this.wanted = key;
  }

  /** What this device found. */
  found(key: string, hits: readonly QuickHit[]): void {
    if (key !== this.wanted || hits.length === 0) return;
    this.turnTo(key);
    this.hits = hits;
    this.show();
  }

  /** What the server answered, as far as it was paged. */
  answered(key: string, items: readonly SearchItem[]): void {
    if (key !== this.wanted) return;
    this.turnTo(key);
    this.items = items;
    this.show();
  }

  /** The person asked for the server's order. */
  adopt(): void {
    this.rows.value = serversOrder(this.rows.peek(), this.items);
    this.better.value = 0;
    this.hits = [];
  }

  /** A post was taken down: it leaves the page, too. */
  drop(postId: string): void {
    this.rows.value = this.rows.peek().filter(({ id }) => id !== postId);
    this.hits = this.hits.filter(({ post }) => post.id !== postId);
    this.items = this.items.filter(({ post }) => post.id !== postId);
  }

  private turnTo(key: string): void {
    if (key === this.shown) return;
    this.shown = key;
    this.rows.value = [];
    this.hits = [];
    this.items = [];
  }

  private show(): void {
    const { rows, better } = merge(this.rows.peek(), this.hits, this.items);
    this.rows.value = rows;
    this.better.value = this.hits.length > 0 ? better : 0;
  }
}
