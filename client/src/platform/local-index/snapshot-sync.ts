import { effect } from "@preact/signals";
import { type Device, savesData } from "../../device/battery-and-data-saver";
import { problemFrom, unreachable } from "../api/api-problem";
import { isProblem } from "../api/client";
import { recordedFetch } from "../api/request-log";
import { deviceModel } from "../state/device-model-singleton";
import { onStream } from "../stream/stream-subscriptions";
import { type FetchSnapshot, LocalIndex } from "./local-index";
import type { SnapshotUpdate } from "./snapshot";
import { decodeSnapshot, SnapshotFormatError } from "./snapshot-format";
import { SnapshotStore } from "./snapshot-store";

/** New posts come in bursts: one request per pause is enough. */
const SYNC_PAUSE_MS = 10_000;

/** Callbacks between the page and the index. */
export interface IndexPage {
  /** Communities from which the snapshot includes more posts. */
  communities: () => readonly string[];
  onProblem: (problem: IndexProblem | null) => void;
}

/** `refused`: the page cannot read the format of the snapshot. `mismatch`: its vectors are of another model. */
export type IndexProblem = "refused" | "mismatch";

/** Opens the local index and keeps it up to date while the page is open. */
export async function openSyncedIndex(page: IndexPage): Promise<LocalIndex> {
  const storage = typeof caches === "undefined" ? undefined : caches;
  const fetch: FetchSnapshot = (since, withVectors) => fetchSnapshot(page.communities(), since, withVectors);
  const index = new LocalIndex(fetch, new SnapshotStore(storage));
  const sync = () => syncNow(index, page);
  onStream("gone", ({ post_id }) => void index.remove([post_id]));
  let syncTimer: ReturnType<typeof setTimeout> | undefined;
  onStream("post", ({ is_comment }) => {
    if (is_comment || syncTimer) return;
    syncTimer = setTimeout(() => {
      syncTimer = undefined;
      void sync();
    }, SYNC_PAUSE_MS);
  });
  await sync();
  // Once the model is loaded, vectors are needed.
  effect(() => {
    if (deviceModel.vectorKind.value !== "") void sync();
  });
  return index;
}

async function syncNow(index: LocalIndex, { onProblem }: IndexPage): Promise<void> {
  try {
    onProblem(null);
    // With Save-Data, the first megabytes are not loaded unasked; updates of a stored snapshot are small.
    if (!(await index.restore()) && savesData(navigator as Device)) return;
    await index.sync(deviceModel.vectorKind.peek());
  } catch (error) {
    // Search still works on the server and with the stored posts, even if the device has no room. Only an unknown
    // format is shown to the user.
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
