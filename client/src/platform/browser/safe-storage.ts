type BrowserStorage = Pick<Storage, "length" | "key" | "getItem" | "setItem" | "removeItem" | "clear">;

/** A storage in the memory of this page. */
export function memoryStorage(): BrowserStorage {
  const entries = new Map<string, string>();
  return {
    get length() {
      return entries.size;
    },
    key: (nth) => [...entries.keys()][nth] ?? null,
    getItem: (name) => entries.get(name) ?? null,
    setItem: (name, value) => void entries.set(name, String(value)),
    removeItem: (name) => void entries.delete(name),
    clear: () => entries.clear(),
  };
}

/** Replaces a storage that the browser blocks: each use of it would throw, and the page would not start. */
export function replaceIfBlocked(name: "localStorage" | "sessionStorage", site: object = window): void {
  try {
    Reflect.get(site, name).getItem("");
  } catch {
    Object.defineProperty(site, name, { value: memoryStorage(), configurable: true });
  }
}

replaceIfBlocked("localStorage");
replaceIfBlocked("sessionStorage");

/** Reads a stored JSON value; null if there is none, or none that can be parsed. */
export function readStored(slot: string, storage: Storage = localStorage): unknown {
  try {
    return JSON.parse(storage.getItem(slot) ?? "null");
  } catch {
    return null;
  }
}
