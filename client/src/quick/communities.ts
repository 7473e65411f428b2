import { nearest } from "./nearest";
import type { Shelf } from "./shelf";

export interface CommunityGuess {
  community: string;
  /** Cosine of the nearest post there. */
  similarity: number;
}

/** Neighbours that vote, and how many communities are worth naming. */
const NEIGHBOURS = 30;
const NAMED = 3;
/** A neighbour twice as near should weigh much more than twice: posts of one topic lie close together. */
const SHARPNESS = 8;

/** Where a text belongs: its nearest posts vote for their communities, the nearer the louder. */
export function guessCommunities(shelf: Shelf, vector: Float32Array): CommunityGuess[] {
  const votes = new Map<string, { weight: number; similarity: number }>();
  for (const { post, similarity } of nearest(shelf, vector, NEIGHBOURS)) {
    const vote = votes.get(post.community) ?? { weight: 0, similarity };
    vote.weight += similarity ** SHARPNESS;
    votes.set(post.community, vote);
  }
  return [...votes]
    .sort(([, a], [, b]) => b.weight - a.weight)
    .slice(0, NAMED)
    .map(([community, { similarity }]) => ({ community, similarity }));
}
