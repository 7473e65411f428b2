import type { Snapshot } from "./snapshot";
import { decodeSnapshot, encodeSnapshot, SnapshotFormatError } from "./snapshot-format";

const NAME = "ottit-quick";
const KEY = "/quick/shelf";

/** Keeps the snapshot on this device between visits. */
export class SnapshotStore {
  constructor(private readonly storage: CacheStorage | undefined) {}

  /** Loads the stored snapshot; deletes it if this page cannot read its format. */
  async load(): Promise<Snapshot | undefined> {
    const found = await (await this.storage?.open(NAME))?.match(KEY);
    if (!found) return undefined;
    try {
      return decodeSnapshot(await found.arrayBuffer());
    } catch (error) {
      if (!(error instanceof SnapshotFormatError)) throw error;
      await this.clear();
      return undefined;
    }
  }

  async save(snapshot: Snapshot): Promise<void> {
    await (await this.storage?.open(NAME))?.put(KEY, new Response(encodeSnapshot(snapshot)));
  }

  async clear(): Promise<void> {
    await this.storage?.delete(NAME);
  }
}
