import { bytes, path, sha256 } from "virtual:model-runtime";
import { DeviceModelError } from "./errors";

/** One file that the model needs here, named by its content. */
export interface DeviceFile {
  kind: "model" | "tokenizer" | "runtime";
  path: string;
  sha256: string;
  bytes: number;
}

/** The files of a model and how it is fed and read, as the server announces them. */
export interface DeviceManifest {
  model: string;
  /** Vectors with the same name can be compared with each other. */
  vectors: string;
  dimensions: number;
  max_tokens: number;
  scores: string[];
  files: { kind: "model" | "tokenizer"; path: string; sha256: string; bytes: number }[];
}

/** The server as this folder needs it; whoever embeds the model provides it. */
export interface ModelServer {
  /** @returns the newest manifest, or null while the server does not answer */
  manifest: () => Promise<DeviceManifest | null>;
  fetch: (path: string, init: RequestInit) => Promise<Response>;
}

/** Where files come from: this device first, then the server. */
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

/** A file with the announced digest, from this device or from the server. Anything else is refused. */
export async function obtainFile(
  file: DeviceFile,
  { store, server }: FileSource,
  arrived: OnProgress,
  signal: AbortSignal,
): Promise<ArrayBuffer> {
  const kept = await store.get(file);
  if (kept && (await digest(kept)) === file.sha256) {
    arrived(file.bytes);
    return kept;
  }
  if (kept) await store.drop(file);
  const content = await download(file, server, arrived, signal);
  if ((await digest(content)) !== file.sha256) throw new DeviceModelError("corrupt", file.path);
  await store.put(file, content);
  return content;
}

async function download(
  file: DeviceFile,
  server: ModelServer,
  arrived: OnProgress,
  signal: AbortSignal,
): Promise<ArrayBuffer> {
  try {
    // Kept by us, by digest: the browser's own cache would keep it twice.
    const init: RequestInit = { signal, cache: "no-store", credentials: "same-origin" };
    const response = await server.fetch(file.path, init);
    if (!response.ok || !response.body) throw new DeviceModelError("unreachable", String(response.status));
    return await collect(response.body, file.bytes, arrived);
  } catch (error) {
    if (error instanceof DeviceModelError || (error instanceof DOMException && error.name === "AbortError"))
      throw error;
    throw new DeviceModelError("unreachable", String(error));
  }
}

async function collect(
  body: ReadableStream<Uint8Array>,
  expected: number,
  arrived: OnProgress,
): Promise<ArrayBuffer> {
  const content = new Uint8Array(expected);
  const reader = body.getReader();
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (length + part.value.length > expected) throw new DeviceModelError("corrupt", "longer than announced");
    content.set(part.value, length);
    length += part.value.length;
    arrived(part.value.length);
  }
  if (length < expected) throw new DeviceModelError("unreachable", "it ended early");
  return content.buffer;
}

async function digest(content: ArrayBuffer): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What a `.gz` holds. */
export function gunzip(content: ArrayBuffer): Promise<ArrayBuffer> {
  const stream = new Blob([content]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

const CACHE_NAME = "ottit-device";
const MANIFEST_KEY = "/v1/device/model";

/** The files on this device, by digest, and the manifest that they belong to. Nothing here leaves it. */
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

  /** Everything of this manifest is here: what belonged to others goes. */
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
