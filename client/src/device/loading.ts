import { DeviceModelError } from "./errors";
import {
  type DeviceManifest,
  filesOf,
  gunzip,
  ModelFileStore,
  type ModelServer,
  obtainFile,
  sizeOf,
} from "./model-files";
import { startWorker } from "./start-worker";
import { ModelWorker } from "./worker-client";

/** A model that runs. */
export interface LoadedModel {
  remote: ModelWorker;
  manifest: DeviceManifest;
}

export interface ModelDescription {
  manifest: DeviceManifest;
  /** Bytes of all files, as they travel. */
  size: number;
  /** Whether all of them are here. */
  kept: boolean;
}

/** How much there is to load, and whether all of it is on this device already. */
export async function describeModel(server: ModelServer): Promise<ModelDescription> {
  const store = openStore();
  const manifest = await newestManifest(server, store);
  const kept = await Promise.all(filesOf(manifest).map((file) => store.has(file)));
  return { manifest, size: sizeOf(manifest), kept: kept.every(Boolean) };
}

/** What the caller of `loadModel` is told. */
export interface LoadEvents {
  /** Bytes of a file that have come in. */
  onProgress: (bytes: number) => void;
  /** The worker stopped, now or later. */
  onBroken: (trouble: DeviceModelError) => void;
}

/** Gets the files, checks each against its digest, and starts the worker with them. */
export async function loadModel(
  server: ModelServer,
  manifest: DeviceManifest,
  { onProgress: arrived, onBroken }: LoadEvents,
  signal: AbortSignal,
): Promise<LoadedModel> {
  const store = openStore();
  const files = filesOf(manifest);
  const contents = await Promise.all(
    files.map(
      async (file) => [file.kind, await obtainFile(file, { store, server }, arrived, signal)] as const,
    ),
  );
  await store.keepOnly(manifest, files);
  const { runtime, model, tokenizer } = Object.fromEntries(contents);
  if (!runtime || !model || !tokenizer) throw new DeviceModelError("missing", "the manifest lacks a file");
  const remote = new ModelWorker(startWorker(), onBroken);
  const bytes = { runtime: await gunzip(runtime), model, tokenizer };
  const { max_tokens: maxTokens, dimensions, scores } = manifest;
  await remote.load(bytes, { maxTokens, dimensions, scores });
  return { remote, manifest };
}

export function removeFiles(): Promise<void> {
  return openStore().clear();
}

/** The server's word; while it is away, what is on this device goes on working. */
async function newestManifest(server: ModelServer, store: ModelFileStore): Promise<DeviceManifest> {
  const manifest = (await server.manifest()) ?? (await store.manifest());
  if (!manifest) throw new DeviceModelError("unreachable", "no manifest");
  return manifest;
}

function openStore(): ModelFileStore {
  if (!window.isSecureContext || typeof caches === "undefined" || typeof WebAssembly === "undefined") {
    throw new DeviceModelError("unsupported");
  }
  return new ModelFileStore(caches);
}

/** A browser compiles WebAssembly better once it has run for a while: the first thirty runs are the slow ones. */
const WARM_UP_RUNS = 30;
/** A person who types comes first, and looks again as soon as there is a quiet moment. */
const BUSY_MS = 500;
const WORDS =
  "the quick answer comes when nobody waits for it and the page is quiet enough to practise ".repeat(3);

/** Runs of growing length, one in each idle moment of the page. Resolves false where it was stopped. */
export async function warmUp(model: ModelWorker, signal: AbortSignal): Promise<boolean> {
  for (let run = 0; run < WARM_UP_RUNS; ) {
    await idle();
    if (signal.aborted) return false;
    if (model.busy) {
      await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
      continue;
    }
    const done = await model.assess(WORDS.slice(0, 20 + 8 * run), signal);
    if (done) run += 1;
  }
  return true;
}

function idle(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof requestIdleCallback === "function") requestIdleCallback(() => resolve(), { timeout: BUSY_MS });
    else setTimeout(resolve);
  });
}
