/** A post as a device keeps it for search: what everybody may see of it in one line. */
export interface QuickPost {
  id: string;
  title: string;
  community: string;
  /** Unix seconds. */
  created: number;
}

/** The newest posts, the newest first. Row i of `steps` times `sizes[i]` is the vector of `posts[i]`; size 0: none. */
export interface Shelf {
  /** Ask the server for what came behind this. */
  until: string;
  /** Only vectors of the same name can be compared. Empty: none here. */
  vectors: string;
  dimensions: number;
  posts: readonly QuickPost[];
  sizes: Float32Array<ArrayBuffer>;
  steps: Int8Array<ArrayBuffer>;
}

/** What the server sends: a shelf, or what came and went since one. */
export interface Pack extends Shelf {
  whole: boolean;
  gone: readonly string[];
}

/** Rows that a device keeps; the server sends 8,400 at most. */
export const MOST_ROWS = 9000;

/** The shelf after a pack: what it names anew or calls gone leaves its old place. */
export function restocked(shelf: Shelf | undefined, pack: Pack): Shelf {
  if (pack.whole || !shelf || shelf.vectors !== pack.vectors) return trimmed(pack, () => true);
  const stale = new Set([...pack.gone, ...pack.posts.map(({ id }) => id)]);
  return joined(
    pack,
    trimmed(shelf, ({ id }) => !stale.has(id), MOST_ROWS - pack.posts.length),
  );
}

/** The shelf without these posts: nothing of them stays. */
export function without(shelf: Shelf, gone: ReadonlySet<string>): Shelf {
  return shelf.posts.some(({ id }) => gone.has(id)) ? trimmed(shelf, ({ id }) => !gone.has(id)) : shelf;
}

function trimmed(shelf: Shelf, wanted: (post: QuickPost) => boolean, most = MOST_ROWS): Shelf {
  const rows = shelf.posts.flatMap((post, row) => (wanted(post) ? [row] : [])).slice(0, Math.max(0, most));
  const { until, vectors, dimensions: width } = shelf;
  const steps = new Int8Array(rows.length * width);
  rows.forEach((row, at) => {
    steps.set(shelf.steps.subarray(row * width, (row + 1) * width), at * width);
  });
  return {
    until,
    vectors,
    dimensions: width,
    posts: rows.flatMap((row) => shelf.posts[row] ?? []),
    sizes: Float32Array.from(rows, (row) => shelf.sizes[row] ?? 0),
    steps,
  };
}

function joined(newer: Pack, older: Shelf): Shelf {
  const { until, vectors, dimensions } = newer;
  const sizes = new Float32Array(newer.sizes.length + older.sizes.length);
  sizes.set(newer.sizes);
  sizes.set(older.sizes, newer.sizes.length);
  const steps = new Int8Array(newer.steps.length + older.steps.length);
  steps.set(newer.steps);
  steps.set(older.steps, newer.steps.length);
  return { until, vectors, dimensions, posts: [...newer.posts, ...older.posts], sizes, steps };
}
