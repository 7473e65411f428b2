import { OTHER_SCRIPT, wordsOf } from "./search-words";
import type { IndexedPost, Snapshot } from "./snapshot";
import type { TitleIndex } from "./title-index";
import { MIN_SIMILARITY, nearestPosts, similarityOf } from "./vector-search";

/** The share of the cosine in a fused score, for English and for other scripts: services/embeddings/domain.py. */
const MEANING_WEIGHT = 0.82;
const FOREIGN_MEANING_WEIGHT = 0.2;
/** Above any fused score: equal titles come first, then those that contain the query word for word, as on the server. */
const TITLE_BONUS = 2;
const LITERAL_BONUS = 1;
const CANDIDATES = 50;
/** A cosine below one keeps fused scores below those of exact matches. */
const NOT_ONE = 0.999;

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

/** Searches the snapshot by words and by meaning and fuses both scores as the server does. */
export function searchSnapshot(
  snapshot: Snapshot,
  index: TitleIndex,
  query: LocalQuery,
  limit: number,
): LocalHit[] {
  const found = new Map<IndexedPost, LocalHit>();
  const add = (post: IndexedPost | undefined, share: number, why: MatchKind) => {
    if (!post || (query.community && post.community !== query.community)) return;
    const known = found.get(post);
    const score = (known?.score ?? 0) + share;
    found.set(post, { post, score, why: known && known.why !== why ? "words and meaning" : why });
  };
  const queryTitle = wordsOf(query.text).join(" ");
  const weight = OTHER_SCRIPT.test(queryTitle) ? FOREIGN_MEANING_WEIGHT : MEANING_WEIGHT;
  const byWords = index.search(query.text, CANDIDATES);
  const best = byWords[0]?.score ?? 1;
  for (const { row, score } of byWords) add(snapshot.posts[row], ((1 - weight) * score) / best, "words");
  if (query.vector) {
    const near = nearestPosts(snapshot, query.vector, CANDIDATES);
    const rows = new Set([...byWords, ...near].map(({ row }) => row));
    for (const row of rows) {
      const similarity = similarityOf(snapshot, row, query.vector);
      const share = weight * Math.max(0, Math.min(similarity, NOT_ONE));
      add(snapshot.posts[row], share, similarity < MIN_SIMILARITY ? "words" : "meaning");
    }
  }
  const literal = index.literal(query.text);
  for (const row of literal) add(snapshot.posts[row], 0, "words");
  const isLiteral = new Set(Array.from(literal, (row) => snapshot.posts[row]));
  return Array.from(found.values(), (hit) => withBonus(hit, isLiteral.has(hit.post), queryTitle))
    .sort((a, b) => b.score - a.score || b.post.created - a.post.created)
    .slice(0, limit);
}

function withBonus(hit: LocalHit, isLiteral: boolean, queryTitle: string): LocalHit {
  const isTitle = queryTitle !== "" && wordsOf(hit.post.title).join(" ") === queryTitle;
  if (!isTitle && !isLiteral) return hit;
  return { ...hit, score: hit.score + (isTitle ? TITLE_BONUS : LITERAL_BONUS), why: "exact" };
}
