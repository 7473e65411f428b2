import { DeviceModelError } from "./device-model-error";
import {
  type DeviceManifest,
  filesOf,
  gunzip,
  ModelFileStore,
  type ModelServer,
  obtainFile,
  sizeOf,
} from "./model-files";
import workerUrl from "./model-worker?worker&url";
import { ModelWorkerClient } from "./model-worker-client";

/** A model that is ready to run. */
export interface LoadedModel {
  remote: ModelWorkerClient;
  manifest: DeviceManifest;
}

export interface ModelDescription {
  manifest: DeviceManifest;
  /** Compressed size of all files, in bytes. */
  size: number;
  /** All files are on this device. */
  isStored: boolean;
}

/** Returns the newest manifest, the size of its files, and whether they are on this device. */
export async function describeModel(server: ModelServer): Promise<ModelDescription> {
  const store = openStore();
  const manifest = await newestManifest(server, store);
  const stored = await Promise.all(filesOf(manifest).map((file) => store.has(file)));
  return { manifest, size: sizeOf(manifest), isStored: stored.every(Boolean) };
}

/** Callbacks of `loadModel`. */
export interface LoadEvents {
  /** Bytes received since the last call. */
  onProgress: (bytes: number) => void;
  /** The worker failed, during loading or later. */
  onBroken: (error: DeviceModelError) => void;
}

/** Loads the files, verifies their digests, and starts the worker with them. */
export async function loadModel(
  server: ModelServer,
  manifest: DeviceManifest,
  { onProgress, onBroken }: LoadEvents,
  signal: AbortSignal,
): Promise<LoadedModel> {
  const store = openStore();
  const files = filesOf(manifest);
  const contents = await Promise.all(
    files.map(
      async (file) => [file.kind, await obtainFile(file, { store, server }, onProgress, signal)] as const,
    ),
  );
  await store.keepOnly(manifest, files);
  const { runtime, model, tokenizer } = Object.fromEntries(contents);
  if (!runtime || !model || !tokenizer) throw new DeviceModelError("missing", "the manifest lacks a file");
  const remote = new ModelWorkerClient(startModelWorker(), onBroken);
  const bytes = { runtime: await gunzip(runtime), model, tokenizer };
  const { max_tokens: maxTokens, dimensions, scores } = manifest;
  await remote.load(bytes, { maxTokens, dimensions, scores });
  return { remote, manifest };
}

export function removeFiles(): Promise<void> {
  return openStore().clear();
}

/** Returns the server's manifest; the stored one while the server is unreachable. */
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

/** Browsers optimize WebAssembly while it runs: measurably, the first thirty runs are slow. */
const WARM_UP_RUNS = 30;
/** Delay before the next attempt while the model works on the user's text. */
const BUSY_MS = 500;
const SAMPLE_TEXT =
  "the quick answer comes when nobody waits for it and the page is quiet enough to practise ".repeat(3);

/** Runs the model on texts of growing length while the page is idle. Resolves to false if aborted. */
export async function warmUp(model: ModelWorkerClient, signal: AbortSignal): Promise<boolean> {
  for (let run = 0; run < WARM_UP_RUNS; ) {
    await idle();
    if (signal.aborted) return false;
    if (model.busy) {
      await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
      continue;
    }
    const request = { text: SAMPLE_TEXT.slice(0, 20 + 8 * run), windows: [], limitMs: 0 };
    const done = await model.read(request, { signal });
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

interface ScriptUrls {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL: (url: string) => string };
}

/** Allows this one worker script under Trusted Types; the content security policy names this policy. */
const policy = (globalThis as { trustedTypes?: ScriptUrls }).trustedTypes?.createPolicy("ottit-worker", {
  createScriptURL: (url) => {
    if (url !== workerUrl) throw new TypeError("not the worker of this page");
    return url;
  },
});

function startModelWorker(): Worker {
  return new Worker(policy?.createScriptURL(workerUrl) ?? workerUrl, { type: "module", name: "model" });
}
