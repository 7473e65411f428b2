import { signal } from "@preact/signals";
import { deviceModel } from "../state/device-model";
import type { Library, Similar } from "./local-index";
import type { CommunityGuess } from "./nearest";
import type { QuickHit } from "./search";
import type { IndexProblem } from "./sync";

/** From here on two texts are about the same thing, not only from the same field. */
const SAME_TOPIC = 0.55;
/** A screen of them; the server's results follow. */
const QUICK_RESULTS = 6;

/** The posts that this device keeps; undefined until somebody needs them. Read it to be told of news. */
export const library = signal<Library | undefined>(undefined);
let opening: Promise<void> | undefined;

/** Loads what this device keeps and brings it up to date, at most once at a time. Search goes on without. */
export function prepareQuick(): Promise<void> {
  opening ??= open();
  return opening;
}

async function open(): Promise<void> {
  // Without a connection its code may not come: whoever needs it next asks again.
  const code = await import("./sync").catch(() => null);
  if (code)
    library.value = await code.openLibrary({
      communities: visitedCommunities,
      onProblem: (problem) => {
        quickTrouble.value = problem;
      },
    });
  else opening = undefined;
}

/** Deletes the posts that this device keeps. Search asks for them again, without vectors while there is no model. */
export async function forgetQuick(): Promise<void> {
  await opening;
  const opened = library.peek();
  if (opened) return opened.clear();
  const { PackStore } = await import("./snapshot-storage");
  await new PackStore(globalThis.caches).clear();
}

/** Up to three communities where posts near to this one are, the likeliest first. */
export function suggestCommunity(vector: Float32Array): CommunityGuess[] {
  void prepareQuick();
  return library.value?.communities(vector, deviceModel.vectors.value) ?? [];
}

/** Published posts that seem to be about the same thing, the nearest first. */
export function alreadyDiscussed(vector: Float32Array, limit: number): Similar[] {
  void prepareQuick();
  return library.value?.similar(vector, deviceModel.vectors.value, limit, SAME_TOPIC) ?? [];
}

/** What this device finds at once; by words alone where there is no vector. */
export function quickSearch(words: string, vector: Float32Array | null, community = ""): QuickHit[] {
  void prepareQuick();
  return library.value?.search({ words, vector, community }, deviceModel.vectors.value, QUICK_RESULTS) ?? [];
}

const VISITED_KEY = "ottit.visited-communities";
/** As many as the server adds to a pack. */
const VISITED_KEPT = 8;
const COMMUNITY_NAME = /^[a-z0-9_-]{2,40}$/;

/** Communities that were opened on this device, the last one first: more of their posts are kept for quick search. */
export function visitedCommunities(): string[] {
  return (localStorage.getItem(VISITED_KEY) ?? "").split(",").filter((name) => COMMUNITY_NAME.test(name));
}

export function noteCommunity(name: string): void {
  if (!COMMUNITY_NAME.test(name)) return;
  const others = visitedCommunities().filter((known) => known !== name);
  localStorage.setItem(VISITED_KEY, [name, ...others].slice(0, VISITED_KEPT).join(","));
}

export const quickTrouble = signal<IndexProblem | null>(null);

export const TROUBLE_WORDS: Record<IndexProblem, string> = {
  refused: "This page is older than the server: reload it to search on this device again.",
  mismatch: "The posts on this device belong to another model: it finds by words only until both match.",
};
