import { describe, expect, it } from "vitest";
import { memoryStorage, replaceIfBlocked } from "../../../src/platform/browser/safe-storage";

describe("a browser that blocks storage", () => {
  const blocked = () =>
    Object.defineProperty({} as { localStorage?: Storage }, "localStorage", {
      configurable: true,
      get() {
        throw new DOMException("The operation is insecure.", "SecurityError");
      },
    });

  it("gets a storage that lasts as long as the page", () => {
    const site = blocked();
    replaceIfBlocked("localStorage", site);
    site.localStorage?.setItem("ottit.draft", "Tomatoes");
    expect(site.localStorage?.getItem("ottit.draft")).toBe("Tomatoes");
  });

  it("keeps its own storage where it is allowed", () => {
    const own = memoryStorage();
    const site = { localStorage: own };
    replaceIfBlocked("localStorage", site);
    expect(site.localStorage).toBe(own);
  });
});

describe("the storage of a page", () => {
  it("lists, replaces and removes entries", () => {
    const kept = memoryStorage();
    kept.setItem("a", "1");
    kept.setItem("b", "2");
    kept.setItem("a", "3");
    expect([kept.length, kept.key(0), kept.key(1), kept.key(2)]).toEqual([2, "a", "b", null]);
    kept.removeItem("a");
    expect([kept.getItem("a"), kept.getItem("b")]).toEqual([null, "2"]);
    kept.clear();
    expect(kept.length).toBe(0);
  });
});
