import { describe, expect, test } from "vitest";
import { LiveSearch } from "../../../src/features/search/live-search";
import type { SearchItem } from "../../../src/platform/api/types";
import { LocalIndex } from "../../../src/platform/local-index/local-index";
import type { LocalHit } from "../../../src/platform/local-index/search";
import type { Snapshot, SnapshotUpdate } from "../../../src/platform/local-index/snapshot";
import { SnapshotStore } from "../../../src/platform/local-index/snapshot-storage";
import { memoryCaches } from "../../support/memory-caches";

const hit = (id: string): LocalHit => ({
  post: { id, title: id, community: "garden", created: 0 },
  ...{ score: 1, why: "words" },
});
const item = (id: string) => ({ post: { id }, score: 1, why: "words" }) as unknown as SearchItem;

function shown(live: LiveSearch): string {
  return live.rows.value.map((row) => `${row.id}${row.hit ? "d" : ""}${row.item ? "s" : ""}`).join(" ");
}

function wanting(words: string): LiveSearch {
  const live = new LiveSearch();
  live.setQuery(words);
  return live;
}

describe("results of both sides", () => {
  test("this device's come first; the server's follow in its order and fill in what is there", () => {
    const live = wanting("tea");
    live.addLocalHits("tea", [hit("a"), hit("b")]);
    expect(shown(live)).toBe("ad bd");
    live.addServerItems("tea", [item("c"), item("b"), item("d")]);
    expect(shown(live)).toBe("ad bds cs ds");
  });

  test("what the server would have put among the shown ones is counted, and comes up on request only", () => {
    const live = wanting("tea");
    live.addLocalHits("tea", [hit("a"), hit("b")]);
    live.addServerItems("tea", [item("c"), item("b"), item("d")]);
    expect(live.better.value).toBe(1);
    live.useServerOrder();
    expect(shown(live)).toBe("cs bds ds ad");
    live.addServerItems("tea", [item("c"), item("b"), item("d"), item("e")]);
    expect(shown(live)).toBe("cs bds ds ad es");
  });

  test("nothing that is shown moves, whatever arrives in whatever order", () => {
    const live = wanting("tea");
    live.addLocalHits("tea", [hit("a"), hit("b")]);
    const before = live.rows.value.map(({ id }) => id);
    live.addServerItems("tea", [item("z"), item("a")]);
    live.addLocalHits("tea", [hit("y"), hit("b"), hit("a")]);
    live.addServerItems("tea", [item("x"), item("z"), item("b")]);
    expect(live.rows.value.map(({ id }) => id).slice(0, 2)).toEqual(before);
  });

  test("an answer to older words is too late", () => {
    const live = wanting("tea");
    live.setQuery("teapot");
    live.addLocalHits("teapot", [hit("a")]);
    live.addServerItems("tea", [item("b")]);
    expect(shown(live)).toBe("ad");
  });

  test("older results stay until something is found for the newer words", () => {
    const live = wanting("tea");
    live.addServerItems("tea", [item("a")]);
    live.setQuery("teap");
    expect(shown(live)).toBe("as");
    live.addServerItems("teap", []);
    expect(shown(live)).toBe("");
  });

  test("a server that is faster keeps its order, and what only this device found stands below", () => {
    const live = wanting("tea");
    live.addServerItems("tea", [item("c"), item("b")]);
    live.addLocalHits("tea", [hit("a"), hit("b")]);
    expect(shown(live)).toBe("cs bs ad");
    expect(live.better.value).toBe(0);
  });

  test("a post that was taken down leaves", () => {
    const live = wanting("tea");
    live.addLocalHits("tea", [hit("a"), hit("b")]);
    live.remove("a");
    live.addServerItems("tea", [item("b")]);
    expect(shown(live)).toBe("bds");
  });
});

describe("a index", () => {
  const shelfOf = (vectors: string, until: string, ids: string[] = ["1"]): Snapshot => ({
    ...{ until, vectors, dimensions: vectors ? 1 : 0 },
    posts: ids.map((id) => ({
      id: `${id.padStart(8, "0")}-0000-7000-8000-000000000000`,
      title: `tea ${id}`,
      community: "garden",
      created: 0,
    })),
    sizes: Float32Array.from(ids, () => (vectors ? 1 : 0)),
    steps: Int8Array.from(vectors ? ids.map(() => 1) : []),
  });
  const packOf = (snapshot: Snapshot, more: Partial<SnapshotUpdate> = {}): SnapshotUpdate => ({
    ...snapshot,
    whole: true,
    gone: [],
    ...more,
  });

  /** A server that answers with these packs, one after the other. */
  function index(...packs: SnapshotUpdate[]) {
    const asked: [string | null, boolean][] = [];
    const fetch = async (since: string | null, withVectors: boolean): Promise<SnapshotUpdate> => {
      asked.push([since, withVectors]);
      return packs.shift() ?? packOf(shelfOf("", "none", []));
    };
    const storage = memoryCaches();
    return { asked, storage, open: () => new LocalIndex(fetch, new SnapshotStore(storage)) };
  }

  const tea = { words: "tea", vector: null, community: "" };

  test("asks for what came since, also after the page was left", async () => {
    const first = packOf(shelfOf("kind", "log-1"));
    const news = packOf(shelfOf("kind", "log-2", ["2"]), { whole: false });
    const { asked, open } = index(first, news);
    await open().sync("kind");
    const later = open();
    await later.sync("kind");
    expect(asked).toEqual([
      [null, true],
      ["log-1", true],
    ]);
    expect(later.search(tea, "kind", 5).map(({ post }) => post.title)).toEqual(["tea 2", "tea 1"]);
  });

  test("loads vectors when a model comes, and all anew when the server has another model", async () => {
    const { asked, open } = index(
      packOf(shelfOf("", "log-1")),
      packOf(shelfOf("kind", "log-2")),
      packOf(shelfOf("newer", "log-3", []), { whole: false }),
      packOf(shelfOf("newer", "log-3")),
    );
    const held = open();
    await held.sync("");
    await held.sync("kind");
    await held.sync("kind");
    expect(asked.map(([since]) => since)).toEqual([null, null, "log-2", null]);
    expect(held.hasOtherVectors.value).toBe(true);
  });

  test("refuses to compare vectors of another model, and goes on with words", async () => {
    const { open } = index(packOf(shelfOf("other", "log-1")));
    const held = open();
    await held.sync("mine");
    const vector = new Float32Array([1]);
    expect(held.hasOtherVectors.value).toBe(true);
    expect([held.similar(vector, "mine", 5, 0), held.communities(vector, "mine")]).toEqual([[], []]);
    expect(held.search({ ...tea, vector }, "mine", 5)[0]?.why).toBe("words");
    expect(held.similar(vector, "other", 5, 0)).toHaveLength(1);
  });

  test("forgets a taken-down post on the page and on the device", async () => {
    const snapshot = shelfOf("kind", "log-1");
    const { storage, open } = index(packOf(snapshot));
    const held = open();
    await held.sync("kind");
    await held.remove([snapshot.posts[0]?.id ?? ""]);
    expect(held.search(tea, "kind", 5)).toEqual([]);
    expect((await new SnapshotStore(storage).load())?.posts).toEqual([]);
  });

  test("deletes what an older page has kept in another format", async () => {
    const storage = memoryCaches();
    await (await storage.open("ottit-quick")).put("/quick/shelf", new Response("OTPK of another time"));
    expect(await new SnapshotStore(storage).load()).toBeUndefined();
  });
});
