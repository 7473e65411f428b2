type BrowserStorage = Pick<Storage, "length" | "key" | "getItem" | "setItem" | "removeItem" | "clear">;

/** In the memory of this page. */
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

/** Where the browser lets this site keep nothing, each use of its storage would throw, and there would be no page. */
export function replaceIfBlocked(name: "localStorage" | "sessionStorage", site: object = window): void {
  try {
    Reflect.get(site, name).getItem("");
  } catch {
    Object.defineProperty(site, name, { value: memoryStorage(), configurable: true });
  }
}

replaceIfBlocked("localStorage");
replaceIfBlocked("sessionStorage");

/** What this device keeps under a name; null where there is nothing, or nothing that can be read. */
export function readStored(slot: string, storage: Storage = localStorage): unknown {
  try {
    return JSON.parse(storage.getItem(slot) ?? "null");
  } catch {
    return null;
  }
}
