import { signal } from "@preact/signals";
import { deviceModel } from "../state/device-model-singleton";
import type { LocalHit } from "./hybrid-search";
import type { LocalIndex, SimilarPost } from "./local-index";
import type { IndexProblem } from "./snapshot-sync";
import type { CommunityGuess } from "./vector-search";
import { visitedCommunities } from "./visited-communities";

/**
 * Minimum cosine of two posts that ask the same. Of 132 pairs of own posts (tests/embeddings/duplicate_pairs.json), 33
 * reach it and 30 of these are duplicates: precision 0.91 [0.76, 0.97]; 30 of 36 duplicates are found. With 0.55 all
 * were found, but 15 of 51 that were shown were about something else, such as red wine instead of wax on a carpet.
 */
const SAME_QUESTION = 0.7;
/** One screen of results; the server's results follow. */
const MAX_RESULTS = 6;

/** The local index; undefined until it is first needed. */
export const localIndex = signal<LocalIndex | undefined>(undefined);
let opening: Promise<void> | undefined;

/** Loads the local index and updates it, at most once at a time. */
export function openLocalIndex(): Promise<void> {
  opening ??= open();
  return opening;
}

async function open(): Promise<void> {
  // Without a connection the code cannot be loaded: the next call tries again.
  const code = await import("./snapshot-sync").catch(() => null);
  if (code)
    localIndex.value = await code.openSyncedIndex({
      communities: visitedCommunities,
      onProblem: (problem) => {
        indexProblem.value = problem;
      },
    });
  else opening = undefined;
}

/** Deletes the posts on this device. Search loads them again, without vectors while there is no model. */
export async function clearLocalIndex(): Promise<void> {
  await opening;
  const opened = localIndex.peek();
  if (opened) return opened.clear();
  const { SnapshotStore } = await import("./snapshot-store");
  await new SnapshotStore(globalThis.caches).clear();
}

/** Up to three communities with similar posts, the likeliest first. */
export function nearestCommunities(vector: Float32Array): CommunityGuess[] {
  void openLocalIndex();
  return localIndex.value?.communities(vector, deviceModel.vectorKind.value) ?? [];
}

/** Published posts that ask or say the same, nearest first. */
export function alreadyDiscussed(vector: Float32Array, limit: number): SimilarPost[] {
  void openLocalIndex();
  return localIndex.value?.similar(vector, deviceModel.vectorKind.value, limit, SAME_QUESTION) ?? [];
}

/** Searches the local index, by words alone if there is no vector. */
export function searchLocally(text: string, vector: Float32Array | null, community = ""): LocalHit[] {
  void openLocalIndex();
  return (
    localIndex.value?.search({ text, vector, community }, deviceModel.vectorKind.value, MAX_RESULTS) ?? []
  );
}

/** The reason why local search is limited; null if it is not. */
export const indexProblem = signal<IndexProblem | null>(null);
