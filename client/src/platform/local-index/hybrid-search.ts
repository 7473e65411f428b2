import type { IndexedPost, Snapshot } from "./snapshot";
import { type TitleIndex, wordsOf } from "./title-index";
import { nearestPosts } from "./vector-search";

/** Rank constant of reciprocal rank fusion, the same as the server's: Cormack, Clarke and Büttcher, 2009. */
const RRF_K = 60;
/** Above any fused score: a title equal to the query comes first, as on the server. */
const TITLE_BONUS = 1;
const CANDIDATES = 50;

export type MatchKind = "exact" | "words" | "meaning" | "words and meaning";

export interface LocalHit {
  post: IndexedPost;
  score: number;
  why: MatchKind;
}

export interface LocalQuery {
  text: string;
  /** Embedding of the text by the snapshot's model; null to search by words alone. */
  vector: Float32Array | null;
  community: string;
}

/** Searches the snapshot by words and by meaning and fuses both rankings as the server does. */
export function searchSnapshot(
  snapshot: Snapshot,
  index: TitleIndex,
  query: LocalQuery,
  limit: number,
): LocalHit[] {
  const found = new Map<IndexedPost, LocalHit>();
  const add = (post: IndexedPost, rank: number, why: MatchKind) => {
    if (query.community && post.community !== query.community) return;
    const known = found.get(post);
    const score = (known?.score ?? 0) + 1 / (RRF_K + rank);
    found.set(post, { post, score, why: known ? "words and meaning" : why });
  };
  index.search(query.text, CANDIDATES).forEach(({ row }, rank) => {
    const post = snapshot.posts[row];
    if (post) add(post, rank + 1, "words");
  });
  const near = query.vector ? nearestPosts(snapshot, query.vector, CANDIDATES) : [];
  near.forEach(({ post }, rank) => {
    add(post, rank + 1, "meaning");
  });
  const queryTitle = wordsOf(query.text).join(" ");
  return Array.from(found.values(), (hit) => withTitleBonus(hit, queryTitle))
    .sort((a, b) => b.score - a.score || b.post.created - a.post.created)
    .slice(0, limit);
}

function withTitleBonus(hit: LocalHit, queryTitle: string): LocalHit {
  if (queryTitle === "" || wordsOf(hit.post.title).join(" ") !== queryTitle) return hit;
  return { ...hit, score: hit.score + TITLE_BONUS, why: "exact" };
}
