import { signal } from "@preact/signals";
import { deviceModel } from "../state/device-model";
import type { LocalIndex, SimilarPost } from "./local-index";
import type { LocalHit } from "./search";
import type { IndexProblem } from "./snapshot-sync";
import type { CommunityGuess } from "./vector-search";

/** Smallest cosine of two texts about the same topic, not only the same field. */
const SAME_TOPIC = 0.55;
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
  const { SnapshotStore } = await import("./snapshot-storage");
  await new SnapshotStore(globalThis.caches).clear();
}

/** Up to three communities with similar posts, the likeliest first. */
export function nearestCommunities(vector: Float32Array): CommunityGuess[] {
  void openLocalIndex();
  return localIndex.value?.communities(vector, deviceModel.vectorKind.value) ?? [];
}

/** Published posts about the same topic, nearest first. */
export function alreadyDiscussed(vector: Float32Array, limit: number): SimilarPost[] {
  void openLocalIndex();
  return localIndex.value?.similar(vector, deviceModel.vectorKind.value, limit, SAME_TOPIC) ?? [];
}

/** Searches the local index, by words alone if there is no vector. */
export function searchLocally(text: string, vector: Float32Array | null, community = ""): LocalHit[] {
  void openLocalIndex();
  return (
    localIndex.value?.search({ text, vector, community }, deviceModel.vectorKind.value, MAX_RESULTS) ?? []
  );
}

const VISITED_KEY = "ottit.visited-communities";
/** As many as the server includes in an update. */
const MAX_VISITED = 8;
const COMMUNITY_NAME = /^[a-z0-9_-]{2,40}$/;

/** Communities that were opened on this device, latest first. The local index keeps more of their posts. */
export function visitedCommunities(): string[] {
  return (localStorage.getItem(VISITED_KEY) ?? "").split(",").filter((name) => COMMUNITY_NAME.test(name));
}

export function noteVisit(name: string): void {
  if (!COMMUNITY_NAME.test(name)) return;
  const others = visitedCommunities().filter((known) => known !== name);
  localStorage.setItem(VISITED_KEY, [name, ...others].slice(0, MAX_VISITED).join(","));
}

/** The reason why local search is limited; null if it is not. */
export const indexProblem = signal<IndexProblem | null>(null);
