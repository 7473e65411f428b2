import type { QuickPost, Shelf } from "./shelf";

/** Below this cosine two texts have nothing to do with each other: services/embeddings/domain.py says why. */
export const MEANING_FLOOR = 0.28;

export interface Near {
  post: QuickPost;
  /** Cosine; of vectors in 8 bits, so off by less than 0.01. */
  similarity: number;
}

/** The posts nearest in meaning to a unit vector, the nearest first, none under the floor. */
export function nearest(shelf: Shelf, vector: Float32Array, limit: number, floor = MEANING_FLOOR): Near[] {
  const { dimensions: width, steps, sizes, posts } = shelf;
  if (vector.length !== width) return [];
  const found: Near[] = [];
  posts.forEach((post, row) => {
    const size = sizes[row] ?? 0;
    if (size === 0) return;
    let sum = 0;
    for (let at = row * width, i = 0; i < width; i += 1) sum += (steps[at + i] ?? 0) * (vector[i] ?? 0);
    const similarity = sum * size;
    if (similarity >= floor) found.push({ post, similarity });
  });
  return found.sort((a, b) => b.similarity - a.similarity).slice(0, limit);
}
