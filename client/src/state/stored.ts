/** What this device keeps under a name; null where there is nothing, or nothing that can be read. */
export function readStored(slot: string, storage: Storage = localStorage): unknown {
  try {
    return JSON.parse(storage.getItem(slot) ?? "null");
  } catch {
    return null;
  }
}
