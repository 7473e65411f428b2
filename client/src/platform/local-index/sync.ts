import { effect } from "@preact/signals";
import { deviceModel } from "../../device/model";
import { type Device, savesData } from "../../device/power";
import { isProblem } from "../api/client";
import { problemFrom, unreachable } from "../api/problem";
import { recordedFetch } from "../api/request-log";
import { onStream } from "../stream/stream";
import { Library } from "./local-index";
import { quickTrouble, visitedCommunities } from "./queries";
import type { Pack } from "./snapshot";
import { PackRefused, PackStore, readPack } from "./snapshot-storage";

/** New posts come in bursts: one question a while is enough, and the pill tells of them anyway. */
const NEWS_PAUSE_MS = 10_000;

/** The library of this device, up to date and kept so for as long as the page lives. */
export async function openLibrary(): Promise<Library> {
  const storage = typeof caches === "undefined" ? undefined : caches;
  const library = new Library(fetchPack, new PackStore(storage));
  onStream("gone", ({ post_id }) => void library.remove([post_id]));
  let news: ReturnType<typeof setTimeout> | undefined;
  onStream("post", ({ is_comment }) => {
    if (is_comment || news) return;
    news = setTimeout(() => {
      news = undefined;
      void sync(library);
    }, NEWS_PAUSE_MS);
  });
  await sync(library);
  // The model came later than the words: vectors are wanted now.
  effect(() => {
    if (deviceModel.vectors.value !== "") void sync(library);
  });
  return library;
}

async function sync(library: Library): Promise<void> {
  try {
    quickTrouble.value = null;
    // Who saves data is not sent megabytes unasked; what is here already costs little to keep up to date.
    if (!(await library.restore()) && savesData(navigator as Device)) return;
    await library.sync(deviceModel.vectors.peek());
  } catch (error) {
    // Search goes on at the server and with what is here, also where this device has no room to keep it. What cannot
    // be understood is said.
    if (error instanceof PackRefused) quickTrouble.value = "refused";
    else if (!isProblem(error) && !(error instanceof DOMException)) throw error;
  }
  if (library.mismatch.peek()) quickTrouble.value = "mismatch";
}

async function fetchPack(since: string | null, withVectors: boolean): Promise<Pack> {
  const query = new URLSearchParams();
  const communities = visitedCommunities().join(",");
  if (communities) query.set("communities", communities);
  if (since) query.set("since", since);
  if (!withVectors) query.set("vectors", "false");
  let response: Response;
  try {
    response = await recordedFetch(`/v1/device/pack?${query}`, { credentials: "same-origin" });
  } catch {
    throw unreachable();
  }
  if (!response.ok) throw await problemFrom(response);
  return readPack(await response.arrayBuffer());
}
