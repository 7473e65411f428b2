import { PackRefused, readPack, writePack } from "./format";
import type { Shelf } from "./shelf";

const NAME = "ottit-quick";
const KEY = "/quick/shelf";

/** The shelf as it is kept on this device between visits. */
export class PackStore {
  constructor(private readonly storage: CacheStorage | undefined) {}

  /** What is kept; bytes that this page cannot read are deleted. */
  async load(): Promise<Shelf | undefined> {
    const found = await (await this.storage?.open(NAME))?.match(KEY);
    if (!found) return undefined;
    try {
      return readPack(await found.arrayBuffer());
    } catch (error) {
      if (!(error instanceof PackRefused)) throw error;
      await this.clear();
      return undefined;
    }
  }

  async save(shelf: Shelf): Promise<void> {
    await (await this.storage?.open(NAME))?.put(KEY, new Response(writePack(shelf)));
  }

  async clear(): Promise<void> {
    await this.storage?.delete(NAME);
  }
}
