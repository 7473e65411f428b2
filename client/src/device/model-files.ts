import { bytes, path, sha256 } from "virtual:model-runtime";
import { DeviceModelError } from "./device-model-error";

/** A file that the model needs, identified by its digest. */
export interface DeviceFile {
  kind: "model" | "tokenizer" | "runtime";
  path: string;
  sha256: string;
  bytes: number;
}

/** A model's files and its input and output format, as the server announces them. */
export interface DeviceManifest {
  model: string;
  /** The name of the vector space: vectors with the same name can be compared. */
  vectors: string;
  dimensions: number;
  max_tokens: number;
  scores: string[];
  files: { kind: "model" | "tokenizer"; path: string; sha256: string; bytes: number }[];
}

/** The server's side of the model, provided by the application. */
export interface ModelServer {
  /** @returns the newest manifest; null while the server is unreachable */
  manifest: () => Promise<DeviceManifest | null>;
  fetch: (path: string, init: RequestInit) => Promise<Response>;
}

/** The sources of a file: the store on this device first, then the server. */
export interface FileSource {
  store: ModelFileStore;
  server: ModelServer;
}

export function filesOf(manifest: DeviceManifest): DeviceFile[] {
  return [...manifest.files, { kind: "runtime", path, sha256, bytes }];
}

export function sizeOf(manifest: DeviceManifest): number {
  return filesOf(manifest).reduce((sum, file) => sum + file.bytes, 0);
}

type OnProgress = (bytes: number) => void;

/**
 * Returns a file from this device or from the server, after verifying its digest.
 *
 * @throws DeviceModelError
 */
export async function obtainFile(
  file: DeviceFile,
  { store, server }: FileSource,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<ArrayBuffer> {
  const stored = await store.get(file);
  if (stored && (await digest(stored)) === file.sha256) {
    onProgress(file.bytes);
    return stored;
  }
  if (stored) await store.drop(file);
  const content = await download(file, server, onProgress, signal);
  if ((await digest(content)) !== file.sha256) throw new DeviceModelError("corrupt", file.path);
  await store.put(file, content);
  return content;
}

async function download(
  file: DeviceFile,
  server: ModelServer,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<ArrayBuffer> {
  try {
    // The store keeps the file by its digest; the HTTP cache would keep a second copy.
    const init: RequestInit = { signal, cache: "no-store", credentials: "same-origin" };
    const response = await server.fetch(file.path, init);
    if (!response.ok || !response.body) throw new DeviceModelError("unreachable", String(response.status));
    return await collect(response.body, file.bytes, onProgress);
  } catch (error) {
    if (error instanceof DeviceModelError || (error instanceof DOMException && error.name === "AbortError"))
      throw error;
    throw new DeviceModelError("unreachable", String(error));
  }
}

async function collect(
  body: ReadableStream<Uint8Array>,
  expected: number,
  onProgress: OnProgress,
): Promise<ArrayBuffer> {
  const content = new Uint8Array(expected);
  const reader = body.getReader();
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (length + part.value.length > expected) throw new DeviceModelError("corrupt", "longer than announced");
    content.set(part.value, length);
    length += part.value.length;
    onProgress(part.value.length);
  }
  if (length < expected) throw new DeviceModelError("unreachable", "shorter than announced");
  return content.buffer;
}

async function digest(content: ArrayBuffer): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Decompresses gzip data. */
export function gunzip(content: ArrayBuffer): Promise<ArrayBuffer> {
  const stream = new Blob([content]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

const CACHE_NAME = "ottit-device";
const MANIFEST_KEY = "/v1/device/model";

/** The files on this device by digest, and their manifest, in the browser's Cache storage. */
export class ModelFileStore {
  constructor(private readonly storage: CacheStorage) {}

  async manifest(): Promise<DeviceManifest | undefined> {
    const found = await (await this.open()).match(MANIFEST_KEY);
    return found && ((await found.json()) as DeviceManifest);
  }

  async get(file: DeviceFile): Promise<ArrayBuffer | undefined> {
    return (await (await this.open()).match(keyOf(file)))?.arrayBuffer();
  }

  async has(file: DeviceFile): Promise<boolean> {
    return (await (await this.open()).match(keyOf(file))) !== undefined;
  }

  async put(file: DeviceFile, content: ArrayBuffer): Promise<void> {
    await this.write(keyOf(file), new Response(content));
  }

  async drop(file: DeviceFile): Promise<void> {
    await (await this.open()).delete(keyOf(file));
  }

  /** Stores the manifest and deletes the files of other models. */
  async keepOnly(manifest: DeviceManifest, files: readonly DeviceFile[]): Promise<void> {
    await this.write(MANIFEST_KEY, Response.json(manifest));
    const wanted = new Set([MANIFEST_KEY, ...files.map(keyOf)]);
    const cache = await this.open();
    for (const { url } of await cache.keys()) {
      const { pathname } = new URL(url);
      if (!wanted.has(pathname)) await cache.delete(pathname);
    }
  }

  async clear(): Promise<void> {
    await this.storage.delete(CACHE_NAME);
  }

  private async write(key: string, value: Response): Promise<void> {
    try {
      await (await this.open()).put(key, value);
    } catch (error) {
      if (error instanceof DOMException && error.name === "QuotaExceededError")
        throw new DeviceModelError("no_room");
      throw error;
    }
  }

  private open(): Promise<Cache> {
    return this.storage.open(CACHE_NAME);
  }
}

function keyOf(file: DeviceFile): string {
  return `/device/${file.sha256}`;
}
