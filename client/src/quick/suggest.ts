import { signal } from "@preact/signals";
import { deviceModel } from "../device/model";
import type { CommunityGuess } from "./communities";
import type { Library, Similar } from "./library";
import type { QuickHit } from "./search";

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
  const code = await import("./opening").catch(() => null);
  if (code) library.value = await code.openLibrary();
  else opening = undefined;
}

/** Deletes the posts that this device keeps. Search asks for them again, without vectors while there is no model. */
export async function forgetQuick(): Promise<void> {
  await opening;
  const opened = library.peek();
  if (opened) return opened.clear();
  const { PackStore } = await import("./pack-store");
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
