import { signal } from "@preact/signals";
import { deviceModel } from "../state/device-model";
import type { LocalIndex, SimilarPost } from "./local-index";
import type { CommunityGuess } from "./nearest";
import type { LocalHit } from "./search";
import type { IndexProblem } from "./sync";

/** From here on two texts are about the same thing, not only from the same field. */
const SAME_TOPIC = 0.55;
/** A screen of them; the server's results follow. */
const MAX_RESULTS = 6;

/** The posts that this device keeps; undefined until somebody needs them. Read it to be told of news. */
export const localIndex = signal<LocalIndex | undefined>(undefined);
let opening: Promise<void> | undefined;

/** Loads what this device keeps and brings it up to date, at most once at a time. Search goes on without. */
export function openLocalIndex(): Promise<void> {
  opening ??= open();
  return opening;
}

async function open(): Promise<void> {
  // Without a connection its code may not come: whoever needs it next asks again.
  const code = await import("./sync").catch(() => null);
  if (code)
    localIndex.value = await code.openSyncedIndex({
      communities: visitedCommunities,
      onProblem: (problem) => {
        indexProblem.value = problem;
      },
    });
  else opening = undefined;
}

/** Deletes the posts that this device keeps. Search asks for them again, without vectors while there is no model. */
export async function clearLocalIndex(): Promise<void> {
  await opening;
  const opened = localIndex.peek();
  if (opened) return opened.clear();
  const { SnapshotStore } = await import("./snapshot-storage");
  await new SnapshotStore(globalThis.caches).clear();
}

/** Up to three communities where posts near to this one are, the likeliest first. */
export function nearestCommunities(vector: Float32Array): CommunityGuess[] {
  void openLocalIndex();
  return localIndex.value?.communities(vector, deviceModel.vectorKind.value) ?? [];
}

/** Published posts that seem to be about the same thing, the nearest first. */
export function alreadyDiscussed(vector: Float32Array, limit: number): SimilarPost[] {
  void openLocalIndex();
  return localIndex.value?.similar(vector, deviceModel.vectorKind.value, limit, SAME_TOPIC) ?? [];
}

/** What this device finds at once; by words alone where there is no vector. */
export function searchLocally(words: string, vector: Float32Array | null, community = ""): LocalHit[] {
  void openLocalIndex();
  return (
    localIndex.value?.search({ words, vector, community }, deviceModel.vectorKind.value, MAX_RESULTS) ?? []
  );
}

const VISITED_KEY = "ottit.visited-communities";
/** As many as the server adds to a update. */
const MAX_VISITED = 8;
const COMMUNITY_NAME = /^[a-z0-9_-]{2,40}$/;

/** Communities that were opened on this device, the last one first: more of their posts are kept for quick search. */
export function visitedCommunities(): string[] {
  return (localStorage.getItem(VISITED_KEY) ?? "").split(",").filter((name) => COMMUNITY_NAME.test(name));
}

export function noteVisit(name: string): void {
  if (!COMMUNITY_NAME.test(name)) return;
  const others = visitedCommunities().filter((known) => known !== name);
  localStorage.setItem(VISITED_KEY, [name, ...others].slice(0, MAX_VISITED).join(","));
}

export const indexProblem = signal<IndexProblem | null>(null);

export const INDEX_PROBLEM_WORDS: Record<IndexProblem, string> = {
  refused: "This page is older than the server: reload it to search on this device again.",
  mismatch: "The posts on this device belong to another model: it finds by words only until both match.",
};
