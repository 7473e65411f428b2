import { effect } from "@preact/signals";
import { type Device, savesData } from "../../device/power";
import { isProblem } from "../api/client";
import { problemFrom, unreachable } from "../api/problem";
import { recordedFetch } from "../api/request-log";
import { deviceModel } from "../state/device-model";
import { onStream } from "../stream/stream";
import { type FetchSnapshot, LocalIndex } from "./local-index";
import type { SnapshotUpdate } from "./snapshot";
import { decodeSnapshot, SnapshotFormatError, SnapshotStore } from "./snapshot-storage";

/** New posts come in bursts: one question a while is enough, and the pill tells of them anyway. */
const SYNC_PAUSE_MS = 10_000;

/** What the page tells the index, and hears from it. */
export interface IndexPage {
  /** Communities of which more posts are wanted. */
  communities: () => readonly string[];
  onProblem: (problem: IndexProblem | null) => void;
}

/** `refused`: the server's snapshot is in a format that this page does not read. `mismatch`: its vectors are of another model. */
export type IndexProblem = "refused" | "mismatch";

/** The index of this device, up to date and kept so for as long as the page lives. */
export async function openSyncedIndex(page: IndexPage): Promise<LocalIndex> {
  const storage = typeof caches === "undefined" ? undefined : caches;
  const fetch: FetchSnapshot = (since, withVectors) => fetchSnapshot(page.communities(), since, withVectors);
  const index = new LocalIndex(fetch, new SnapshotStore(storage));
  const sync = () => syncNow(index, page);
  onStream("gone", ({ post_id }) => void index.remove([post_id]));
  let news: ReturnType<typeof setTimeout> | undefined;
  onStream("post", ({ is_comment }) => {
    if (is_comment || news) return;
    news = setTimeout(() => {
      news = undefined;
      void sync();
    }, SYNC_PAUSE_MS);
  });
  await sync();
  // The model came later than the words: vectors are wanted now.
  effect(() => {
    if (deviceModel.vectorKind.value !== "") void sync();
  });
  return index;
}

async function syncNow(index: LocalIndex, { onProblem }: IndexPage): Promise<void> {
  try {
    onProblem(null);
    // Who saves data is not sent megabytes unasked; what is here already costs little to keep up to date.
    if (!(await index.restore()) && savesData(navigator as Device)) return;
    await index.sync(deviceModel.vectorKind.peek());
  } catch (error) {
    // Search goes on at the server and with what is here, also where this device has no room to keep it. What cannot
    // be understood is said.
    if (error instanceof SnapshotFormatError) onProblem("refused");
    else if (!isProblem(error) && !(error instanceof DOMException)) throw error;
  }
  if (index.hasOtherVectors.peek()) onProblem("mismatch");
}

async function fetchSnapshot(
  communities: readonly string[],
  since: string | null,
  withVectors: boolean,
): Promise<SnapshotUpdate> {
  const query = new URLSearchParams();
  if (communities.length > 0) query.set("communities", communities.join(","));
  if (since) query.set("since", since);
  if (!withVectors) query.set("vectors", "false");
  let response: Response;
  try {
    response = await recordedFetch(`/v1/device/pack?${query}`, { credentials: "same-origin" });
  } catch {
    throw unreachable();
  }
  if (!response.ok) throw await problemFrom(response);
  return decodeSnapshot(await response.arrayBuffer());
}
