import { type Signal, signal } from "@preact/signals";
import { type CommunityGuess, CommunityMiddles, nearest } from "./nearest";
import { type QuickHit, type QuickQuery, searchShelf } from "./search";
import { type Pack, restocked, type Shelf, without } from "./snapshot";
import type { PackStore } from "./snapshot-storage";
import { TitleIndex } from "./title-index";

export interface Similar {
  post_id: string;
  title: string;
  community: string;
  similarity: number;
}

/** Asks the server for a pack: of `since` null a whole one. */
export type Fetch = (since: string | null, withVectors: boolean) => Promise<Pack>;

/**
 * The posts that this device keeps, and what it finds among them. Vectors of another model than the device's are not
 * compared: `mismatch` says so, and words go on working.
 */
export class Library {
  readonly shelf: Signal<Shelf | undefined> = signal(undefined);
  readonly mismatch = signal(false);
  private index = new TitleIndex([]);
  private middles: CommunityMiddles | undefined;
  private syncing: Promise<void> | undefined;
  /** What was taken down while the server's answer was on its way: it may still be in that answer. */
  private goneMeanwhile = new Set<string>();

  constructor(
    private readonly fetch: Fetch,
    private readonly store: PackStore,
  ) {}

  /** Brings the shelf up to date; who calls meanwhile waits for the same answer. `vectors`: the device's, or empty. */
  sync(vectors: string): Promise<void> {
    this.syncing ??= this.update(vectors).finally(() => {
      this.syncing = undefined;
    });
    return this.syncing;
  }

  /** Posts that were taken down: they leave the page and the device at once. */
  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.goneMeanwhile.add(id);
    const shelf = this.shelf.peek();
    const rest = shelf && without(shelf, new Set(ids));
    if (rest && rest !== shelf) await this.keep(rest);
  }

  search(query: QuickQuery, vectors: string, limit: number): QuickHit[] {
    const shelf = this.shelf.peek();
    const vector = this.comparable(vectors) ? query.vector : null;
    return shelf ? searchShelf(shelf, this.index, { ...query, vector }, limit) : [];
  }

  communities(vector: Float32Array, vectors: string): CommunityGuess[] {
    const shelf = this.shelf.peek();
    if (!shelf || !this.comparable(vectors)) return [];
    this.middles ??= new CommunityMiddles(shelf);
    return this.middles.nearest(vector);
  }

  similar(vector: Float32Array, vectors: string, limit: number, floor: number): Similar[] {
    const shelf = this.shelf.peek();
    if (!shelf || !this.comparable(vectors)) return [];
    return nearest(shelf, vector, limit, floor).map(({ post: { id, title, community }, similarity }) => ({
      ...{ post_id: id, title, community },
      similarity,
    }));
  }

  /** Nothing is kept any more, also of an answer that is still on its way. */
  async clear(): Promise<void> {
    await this.syncing?.catch(() => undefined);
    this.put(undefined);
    await this.store.clear();
  }

  /** What is kept here, without asking the server. False where there is nothing. */
  async restore(): Promise<boolean> {
    if (!this.shelf.peek()) this.put(await this.store.load());
    return this.shelf.peek() !== undefined;
  }

  private async update(vectors: string): Promise<void> {
    this.goneMeanwhile.clear();
    await this.restore();
    const shelf = this.shelf.peek();
    const withVectors = vectors !== "" || (shelf?.vectors ?? "") !== "";
    const lacksVectors = withVectors && shelf?.vectors === "";
    let pack = await this.fetch(shelf && !lacksVectors ? shelf.until : null, withVectors);
    if (!pack.whole && pack.vectors !== shelf?.vectors) pack = await this.fetch(null, withVectors);
    this.mismatch.value = vectors !== "" && pack.vectors !== vectors;
    const changed = pack.whole || pack.posts.length > 0 || pack.gone.length > 0;
    if (changed) await this.keep(without(restocked(this.shelf.peek(), pack), this.goneMeanwhile));
  }

  private comparable(vectors: string): boolean {
    return vectors !== "" && this.shelf.peek()?.vectors === vectors;
  }

  private async keep(shelf: Shelf): Promise<void> {
    this.put(shelf);
    await this.store.save(shelf);
  }

  private put(shelf: Shelf | undefined): void {
    this.index = new TitleIndex(shelf?.posts ?? []);
    this.middles = undefined;
    this.shelf.value = shelf;
  }
}
