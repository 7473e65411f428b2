import { type Signal, signal } from "@preact/signals";
import { type LocalHit, type LocalQuery, searchSnapshot } from "./hybrid-search";
import { applyUpdate, type Snapshot, type SnapshotUpdate, withoutPosts } from "./snapshot";
import type { SnapshotStore } from "./snapshot-store";
import { TitleIndex } from "./title-index";
import { CommunityCentroids, type CommunityGuess, isReadByModel, nearestPosts } from "./vector-search";

export interface SimilarPost {
  post_id: string;
  title: string;
  community: string;
  similarity: number;
}

/** Requests an update from the server; a whole snapshot if `since` is null. */
export type FetchSnapshot = (since: string | null, withVectors: boolean) => Promise<SnapshotUpdate>;

/**
 * Local search over the posts on this device. Vectors of another model than the device's are not compared:
 * `hasOtherVectors` is true then, and search by words still works.
 */
export class LocalIndex {
  readonly snapshot: Signal<Snapshot | undefined> = signal(undefined);
  readonly hasOtherVectors = signal(false);
  private index = new TitleIndex([]);
  private centroids: CommunityCentroids | undefined;
  private syncing: Promise<void> | undefined;
  /** Posts that were removed during a sync: the pending response may still contain them. */
  private removedWhileSyncing = new Set<string>();

  constructor(
    private readonly fetch: FetchSnapshot,
    private readonly store: SnapshotStore,
  ) {}

  /** Updates the snapshot; concurrent calls share one request. `vectors`: the device model's vector space, or empty. */
  sync(vectors: string): Promise<void> {
    this.syncing ??= this.update(vectors).finally(() => {
      this.syncing = undefined;
    });
    return this.syncing;
  }

  /** Removes posts from the page and the device. */
  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.removedWhileSyncing.add(id);
    const snapshot = this.snapshot.peek();
    const rest = snapshot && withoutPosts(snapshot, new Set(ids));
    if (rest && rest !== snapshot) await this.keep(rest);
  }

  search(query: LocalQuery, vectors: string, limit: number): LocalHit[] {
    const snapshot = this.snapshot.peek();
    const vector = this.canCompare(vectors) && isReadByModel(query.text) ? query.vector : null;
    return snapshot ? searchSnapshot(snapshot, this.index, { ...query, vector }, limit) : [];
  }

  communities(vector: Float32Array, vectors: string): CommunityGuess[] {
    const snapshot = this.snapshot.peek();
    if (!snapshot || !this.canCompare(vectors)) return [];
    this.centroids ??= new CommunityCentroids(snapshot);
    return this.centroids.nearest(vector);
  }

  similar(vector: Float32Array, vectors: string, limit: number, floor: number): SimilarPost[] {
    const snapshot = this.snapshot.peek();
    if (!snapshot || !this.canCompare(vectors)) return [];
    return nearestPosts(snapshot, vector, limit, floor).map(
      ({ post: { id, title, community }, similarity }) => ({
        ...{ post_id: id, title, community },
        similarity,
      }),
    );
  }

  /** Deletes the snapshot, after waiting for a sync in progress. */
  async clear(): Promise<void> {
    await this.syncing?.catch(() => undefined);
    this.setSnapshot(undefined);
    await this.store.clear();
  }

  /** Loads the stored snapshot without asking the server; false if there is none. */
  async restore(): Promise<boolean> {
    if (!this.snapshot.peek()) this.setSnapshot(await this.store.load());
    return this.snapshot.peek() !== undefined;
  }

  private async update(vectors: string): Promise<void> {
    this.removedWhileSyncing.clear();
    await this.restore();
    const snapshot = this.snapshot.peek();
    const withVectors = vectors !== "" || (snapshot?.vectors ?? "") !== "";
    const lacksVectors = withVectors && snapshot?.vectors === "";
    let update = await this.fetch(snapshot && !lacksVectors ? snapshot.until : null, withVectors);
    if (!update.whole && update.vectors !== snapshot?.vectors) update = await this.fetch(null, withVectors);
    this.hasOtherVectors.value = vectors !== "" && update.vectors !== vectors;
    const changed = update.whole || update.posts.length > 0 || update.gone.length > 0;
    if (changed)
      await this.keep(withoutPosts(applyUpdate(this.snapshot.peek(), update), this.removedWhileSyncing));
  }

  private canCompare(vectors: string): boolean {
    return vectors !== "" && this.snapshot.peek()?.vectors === vectors;
  }

  private async keep(snapshot: Snapshot): Promise<void> {
    this.setSnapshot(snapshot);
    await this.store.save(snapshot);
  }

  private setSnapshot(snapshot: Snapshot | undefined): void {
    this.index = new TitleIndex(snapshot?.posts ?? []);
    this.centroids = undefined;
    this.snapshot.value = snapshot;
  }
}
