/** A public post as the local index keeps it. */
export interface IndexedPost {
  id: string;
  title: string;
  community: string;
  /** Unix seconds. */
  created: number;
}

/** The newest posts, newest first. Row i of `steps` times `sizes[i]` is the vector of `posts[i]`; size 0: no vector. */
export interface Snapshot {
  /** Position in the log; the next update continues here. */
  until: string;
  /** Kind of the vectors: only vectors of one kind can be compared. Empty: no vectors. */
  vectors: string;
  dimensions: number;
  posts: readonly IndexedPost[];
  sizes: Float32Array<ArrayBuffer>;
  steps: Int8Array<ArrayBuffer>;
}

/** An answer of the server: a whole snapshot, or the changes since one. */
export interface SnapshotUpdate extends Snapshot {
  whole: boolean;
  gone: readonly string[];
}

/** Maximum number of posts on a device; the server sends at most 8,400. */
export const MAX_ROWS = 9000;

/** Applies an update: drops the old rows of changed and removed posts, and adds the new ones. */
export function applyUpdate(snapshot: Snapshot | undefined, update: SnapshotUpdate): Snapshot {
  if (update.whole || !snapshot || snapshot.vectors !== update.vectors) return selectRows(update, () => true);
  const stale = new Set([...update.gone, ...update.posts.map(({ id }) => id)]);
  return concatenate(
    update,
    selectRows(snapshot, ({ id }) => !stale.has(id), MAX_ROWS - update.posts.length),
  );
}

/** The snapshot without these posts and their vectors. */
export function withoutPosts(snapshot: Snapshot, gone: ReadonlySet<string>): Snapshot {
  return snapshot.posts.some(({ id }) => gone.has(id))
    ? selectRows(snapshot, ({ id }) => !gone.has(id))
    : snapshot;
}

function selectRows(snapshot: Snapshot, wanted: (post: IndexedPost) => boolean, limit = MAX_ROWS): Snapshot {
  const rows = snapshot.posts
    .flatMap((post, row) => (wanted(post) ? [row] : []))
    .slice(0, Math.max(0, limit));
  const { until, vectors, dimensions: width } = snapshot;
  const steps = new Int8Array(rows.length * width);
  rows.forEach((row, at) => {
    steps.set(snapshot.steps.subarray(row * width, (row + 1) * width), at * width);
  });
  return {
    until,
    vectors,
    dimensions: width,
    posts: rows.flatMap((row) => snapshot.posts[row] ?? []),
    sizes: Float32Array.from(rows, (row) => snapshot.sizes[row] ?? 0),
    steps,
  };
}

function concatenate(newer: SnapshotUpdate, older: Snapshot): Snapshot {
  const { until, vectors, dimensions } = newer;
  const sizes = new Float32Array(newer.sizes.length + older.sizes.length);
  sizes.set(newer.sizes);
  sizes.set(older.sizes, newer.sizes.length);
  const steps = new Int8Array(newer.steps.length + older.steps.length);
  steps.set(newer.steps);
  steps.set(older.steps, newer.steps.length);
  return { until, vectors, dimensions, posts: [...newer.posts, ...older.posts], sizes, steps };
}
