import { ApiProblem } from "../api/problem";
import type { DeviceManifest } from "../api/types";
import { obtain, unpacked } from "./download";
import { filesOf, readManifest, sizeOf } from "./manifest";
import { RemoteModel } from "./remote";
import { startWorker } from "./start-worker";
import { DeviceStore } from "./store";
import { DeviceTrouble } from "./trouble";

/** A model that runs. */
export interface Loaded {
  remote: RemoteModel;
  manifest: DeviceManifest;
}

export interface Described {
  manifest: DeviceManifest;
  /** Bytes of all files, as they travel. */
  size: number;
  /** Whether all of them are here. */
  kept: boolean;
}

/** How much there is to load, and whether all of it is on this device already. */
export async function describeModel(): Promise<Described> {
  const store = openStore();
  const manifest = await newestManifest(store);
  const kept = await Promise.all(filesOf(manifest).map((file) => store.has(file)));
  return { manifest, size: sizeOf(manifest), kept: kept.every(Boolean) };
}

/** Gets the files, checks each against its digest, and starts the worker with them. */
export async function loadModel(
  manifest: DeviceManifest,
  arrived: (bytes: number) => void,
  onBroken: (trouble: DeviceTrouble) => void,
  signal: AbortSignal,
): Promise<Loaded> {
  const store = openStore();
  const files = filesOf(manifest);
  const contents = await Promise.all(
    files.map(async (file) => [file.kind, await obtain(file, store, arrived, signal)] as const),
  );
  await store.settle(manifest, files);
  const { runtime, model, tokenizer } = Object.fromEntries(contents);
  if (!runtime || !model || !tokenizer) throw new DeviceTrouble("missing", "the manifest lacks a file");
  const remote = new RemoteModel(startWorker(), onBroken);
  const bytes = { runtime: await unpacked(runtime), model, tokenizer };
  const { max_tokens: maxTokens, dimensions, scores } = manifest;
  await remote.load(bytes, { maxTokens, dimensions, scores });
  return { remote, manifest };
}

export function removeFiles(): Promise<void> {
  return openStore().clear();
}

/** The server's word; while it is away, what is on this device goes on working. */
async function newestManifest(store: DeviceStore): Promise<DeviceManifest> {
  try {
    return await readManifest();
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    const kept = error.unreachable ? await store.manifest() : undefined;
    if (kept) return kept;
    const missing = error.code === "device_model_missing";
    throw new DeviceTrouble(missing ? "missing" : "unreachable", error.code);
  }
}

function openStore(): DeviceStore {
  if (!window.isSecureContext || typeof caches === "undefined" || typeof WebAssembly === "undefined") {
    throw new DeviceTrouble("unsupported");
  }
  return new DeviceStore(caches);
}
