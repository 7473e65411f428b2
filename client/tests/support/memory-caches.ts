/** The part of the browser's Cache API that is used here, in memory. */
export function memoryCaches(): CacheStorage {
  const caches = new Map<string, Map<string, Response>>();
  const pathOf = (key: RequestInfo | URL) =>
    new URL(key instanceof Request ? key.url : String(key), "http://here.test").pathname;
  const open = async (name: string) => {
    const entries = caches.get(name) ?? new Map<string, Response>();
    caches.set(name, entries);
    return {
      match: async (key: RequestInfo | URL) => entries.get(pathOf(key))?.clone(),
      put: async (key: RequestInfo | URL, value: Response) => {
        entries.set(pathOf(key), value);
      },
      delete: async (key: RequestInfo | URL) => entries.delete(pathOf(key)),
      keys: async () => [...entries.keys()].map((path) => ({ url: `http://here.test${path}` })),
    };
  };
  return { open, delete: async (name: string) => caches.delete(name) } as unknown as CacheStorage;
}
