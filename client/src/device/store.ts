import type { DeviceManifest } from "../api/types";
import type { DeviceFile } from "./manifest";
import { DeviceTrouble } from "./trouble";

const NAME = "ottit-device";
const MANIFEST = "/v1/device/model";

/** The files on this device, by digest, and the manifest that they belong to. Nothing here leaves it. */
export class DeviceStore {
  constructor(private readonly storage: CacheStorage) {}

  async manifest(): Promise<DeviceManifest | undefined> {
    const found = await (await this.open()).match(MANIFEST);
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
  async settle(manifest: DeviceManifest, files: readonly DeviceFile[]): Promise<void> {
    await this.write(MANIFEST, Response.json(manifest));
    const wanted = new Set([MANIFEST, ...files.map(keyOf)]);
    const cache = await this.open();
    for (const { url } of await cache.keys()) {
      const { pathname } = new URL(url);
      if (!wanted.has(pathname)) await cache.delete(pathname);
    }
  }

  async clear(): Promise<void> {
    await this.storage.delete(NAME);
  }

  private async write(key: string, value: Response): Promise<void> {
    try {
      await (await this.open()).put(key, value);
    } catch (error) {
      if (error instanceof DOMException && error.name === "QuotaExceededError")
        throw new DeviceTrouble("no_room");
      throw error;
    }
  }

  private open(): Promise<Cache> {
    return this.storage.open(NAME);
  }
}

function keyOf(file: DeviceFile): string {
  return `/device/${file.sha256}`;
}
