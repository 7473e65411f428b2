import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { isAbort } from "../api/client";
import { onReconnect } from "../api/connectivity";
import type { Page } from "../api/types";

type Load<Item> = (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Item>>;

/**
 * A list that is loaded page by page with a cursor. An item that a later page repeats keeps its first place, so
 * that nothing on the screen moves.
 */
export class PagedList<Item> {
  readonly items = signal<readonly Item[]>([]);
  readonly loading = signal(false);
  readonly error = signal<unknown>(undefined);
  readonly complete = signal(false);
  /** When the newest part of the list was loaded, in unix milliseconds; 0: never. */
  readonly loadedAt = signal(0);
  private next: string | undefined;
  private abort: AbortController | undefined;

  constructor(
    private readonly load: Load<Item>,
    private readonly idOf: (item: Item) => string,
  ) {}

  /** Loads the first page unless it is loaded already. */
  open(): Promise<void> {
    return this.loadedAt.value > 0 ? Promise.resolve() : this.restart();
  }

  /** Loads the first page again; the old list stays until then. */
  restart(): Promise<void> {
    this.close();
    return this.fetch(undefined);
  }

  more(): Promise<void> {
    const idle = !this.loading.value && !this.complete.value && this.loadedAt.value > 0;
    return idle ? this.fetch(this.next) : Promise.resolve();
  }

  /** Repeats the request that failed. */
  retry(): Promise<void> {
    if (this.error.value === undefined) return Promise.resolve();
    return this.items.value.length === 0 ? this.restart() : this.more();
  }

  close(): void {
    this.abort?.abort();
    this.loading.value = false;
  }

  private async fetch(cursor: string | undefined): Promise<void> {
    const abort = new AbortController();
    this.abort = abort;
    this.loading.value = true;
    this.error.value = undefined;
    try {
      const page = await this.load(cursor, abort.signal);
      if (abort.signal.aborted) return;
      this.take(page, cursor === undefined);
    } catch (error) {
      if (isAbort(error) || abort.signal.aborted) return;
      this.error.value = error;
    }
    this.loading.value = false;
  }

  private take(page: Page<Item>, first: boolean): void {
    const kept = first ? [] : this.items.value;
    const seen = new Set(kept.map(this.idOf));
    const fresh = page.items.filter((item) => !seen.has(this.idOf(item)) && seen.add(this.idOf(item)));
    this.items.value = [...kept, ...fresh];
    this.next = page.next ?? undefined;
    this.complete.value = this.next === undefined;
    if (first) this.loadedAt.value = Date.now();
  }
}

/** Loads a list when it is first shown, and repeats a failed request when the server answers again. */
export function usePagedList<Item>(list: PagedList<Item> | null, wanted = true): void {
  useEffect(() => {
    if (!list || !wanted) return;
    void list.open();
    return onReconnect(() => void list.retry());
  }, [list, wanted]);
}

/** Enough to fill two tall screens; the gateway allows 50. */
export const PAGE_SIZE = 25;
