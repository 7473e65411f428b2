import type { IndexedPost, Snapshot } from "./snapshot";

/** Texts with a lower cosine are unrelated; services/embeddings/domain.py gives the measurement. */
export const MIN_SIMILARITY = 0.28;

export interface NearPost {
  post: IndexedPost;
  row: number;
  /** Cosine of 8-bit vectors, exact to 0.01. */
  similarity: number;
}

/** The posts nearest to a unit vector, nearest first, with a similarity of at least `floor`. */
export function nearestPosts(
  snapshot: Snapshot,
  vector: Float32Array,
  limit: number,
  floor = MIN_SIMILARITY,
): NearPost[] {
  const found: NearPost[] = [];
  snapshot.posts.forEach((post, row) => {
    const similarity = similarityOf(snapshot, row, vector);
    if (similarity >= floor) found.push({ post, row, similarity });
  });
  return found.sort((a, b) => b.similarity - a.similarity).slice(0, limit);
}

/** Cosine of the vector of a row with a unit vector; 0 without a vector, or if the lengths differ. */
export function similarityOf(snapshot: Snapshot, row: number, vector: Float32Array): number {
  const { dimensions: width, steps, sizes } = snapshot;
  const size = sizes[row] ?? 0;
  if (size === 0 || vector.length !== width) return 0;
  let sum = 0;
  for (let at = row * width, i = 0; i < width; i += 1) sum += (steps[at + i] ?? 0) * (vector[i] ?? 0);
  return sum * size;
}

export interface CommunityGuess {
  community: string;
  /** Cosine with the centroid of the community's posts. */
  similarity: number;
}

const MAX_COMMUNITIES = 3;

/**
 * Suggests communities for a text: those whose posts have the nearest centroid. Measured with 3,000 posts of 107 communities and
 * 400 others: the true one is among the first three for 73%, the first for 54%; a vote of the nearest posts gave 64%
 * and 46%, and both together no more than centroids alone.
 */
export class CommunityCentroids {
  private readonly centroids: ReadonlyMap<string, Float32Array>;

  constructor({ posts, sizes, steps, dimensions }: Snapshot) {
    const sums = new Map<string, Float32Array>();
    posts.forEach(({ community }, row) => {
      const sum = sums.get(community) ?? new Float32Array(dimensions);
      const size = sizes[row] ?? 0;
      for (let i = 0; i < dimensions; i += 1)
        sum[i] = (sum[i] ?? 0) + size * (steps[row * dimensions + i] ?? 0);
      sums.set(community, sum);
    });
    this.centroids = sums;
  }

  nearest(vector: Float32Array): CommunityGuess[] {
    return Array.from(this.centroids, ([community, middle]) => ({
      community,
      similarity: cosine(middle, vector),
    }))
      .filter(({ similarity }) => similarity >= MIN_SIMILARITY)
      .sort((a, b) => b.similarity - a.similarity)
      .slice(0, MAX_COMMUNITIES);
  }
}

/** Cosine of any vector with a unit vector; 0 for a zero vector or another length. */
function cosine(middle: Float32Array, unit: Float32Array): number {
  let dot = 0;
  let square = 0;
  middle.forEach((value, i) => {
    dot += value * (unit[i] ?? 0);
    square += value * value;
  });
  return square > 0 && middle.length === unit.length ? dot / Math.sqrt(square) : 0;
}
