import { describe, expect, test } from "vitest";
import { LiveSearch } from "../../../src/features/search/live-search";
import type { SearchItem } from "../../../src/platform/api/types";
import type { LocalHit } from "../../../src/platform/local-index/hybrid-search";
import { LocalIndex } from "../../../src/platform/local-index/local-index";
import type { Snapshot, SnapshotUpdate } from "../../../src/platform/local-index/snapshot";
import { SnapshotStore } from "../../../src/platform/local-index/snapshot-store";
import { memoryCaches } from "../../support/memory-caches";

const hit = (id: string): LocalHit => ({
  post: { id, title: id, community: "garden", created: 0 },
  ...{ score: 1, why: "words" },
});
const item = (id: string) => ({ post: { id }, score: 1, why: "words" }) as unknown as SearchItem;

function shown(live: LiveSearch): string {
  return live.rows.value.map((row) => `${row.id}${row.hit ? "d" : ""}${row.item ? "s" : ""}`).join(" ");
}

function wanting(query: string): LiveSearch {
  const live = new LiveSearch();
  live.setQuery(query);
  return live;
}

describe("local and server results", () => {
  test("local results come first; server results follow in order and complete them", () => {
    const live = wanting("tea");
    live.addLocalHits("tea", [hit("a"), hit("b")]);
    expect(shown(live)).toBe("ad bd");
    live.addServerItems("tea", [item("c"), item("b"), item("d")]);
    expect(shown(live)).toBe("ad bds cs ds");
  });

  test("better server results are counted and move up only on request", () => {
    const live = wanting("tea");
    live.addLocalHits("tea", [hit("a"), hit("b")]);
    live.addServerItems("tea", [item("c"), item("b"), item("d")]);
    expect(live.betterCount.value).toBe(1);
    live.useServerOrder();
    expect(shown(live)).toBe("cs bds ds ad");
    live.addServerItems("tea", [item("c"), item("b"), item("d"), item("e")]);
    expect(shown(live)).toBe("cs bds ds ad es");
  });

  test("shown results never move", () => {
    const live = wanting("tea");
    live.addLocalHits("tea", [hit("a"), hit("b")]);
    const before = live.rows.value.map(({ id }) => id);
    live.addServerItems("tea", [item("z"), item("a")]);
    live.addLocalHits("tea", [hit("y"), hit("b"), hit("a")]);
    live.addServerItems("tea", [item("x"), item("z"), item("b")]);
    expect(live.rows.value.map(({ id }) => id).slice(0, 2)).toEqual(before);
  });

  test("results of an older query are ignored", () => {
    const live = wanting("tea");
    live.setQuery("teapot");
    live.addLocalHits("teapot", [hit("a")]);
    live.addServerItems("tea", [item("b")]);
    expect(shown(live)).toBe("ad");
  });

  test("older results stay until the new query has results", () => {
    const live = wanting("tea");
    live.addServerItems("tea", [item("a")]);
    live.setQuery("teap");
    expect(shown(live)).toBe("as");
    live.addServerItems("teap", []);
    expect(shown(live)).toBe("");
  });

  test("a faster server keeps its order, and local results follow", () => {
    const live = wanting("tea");
    live.addServerItems("tea", [item("c"), item("b")]);
    live.addLocalHits("tea", [hit("a"), hit("b")]);
    expect(shown(live)).toBe("cs bs ad");
    expect(live.betterCount.value).toBe(0);
  });

  test("a removed post disappears", () => {
    const live = wanting("tea");
    live.addLocalHits("tea", [hit("a"), hit("b")]);
    live.remove("a");
    live.addServerItems("tea", [item("b")]);
    expect(shown(live)).toBe("bds");
  });
});

describe("the local index", () => {
  const snapshotOf = (vectors: string, until: string, ids: string[] = ["1"]): Snapshot => ({
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
  const updateOf = (snapshot: Snapshot, more: Partial<SnapshotUpdate> = {}): SnapshotUpdate => ({
    ...snapshot,
    whole: true,
    gone: [],
    ...more,
  });

  /** A server that answers with these updates, one after the other. */
  function index(...updates: SnapshotUpdate[]) {
    const asked: [string | null, boolean][] = [];
    const fetch = async (since: string | null, withVectors: boolean): Promise<SnapshotUpdate> => {
      asked.push([since, withVectors]);
      return updates.shift() ?? updateOf(snapshotOf("", "none", []));
    };
    const storage = memoryCaches();
    return { asked, storage, open: () => new LocalIndex(fetch, new SnapshotStore(storage)) };
  }

  const tea = { text: "tea", vector: null, community: "" };

  test("requests only changes, also on the next visit", async () => {
    const first = updateOf(snapshotOf("kind", "log-1"));
    const news = updateOf(snapshotOf("kind", "log-2", ["2"]), { whole: false });
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

  test("loads vectors once there is a model, and everything when the server's model changes", async () => {
    const { asked, open } = index(
      updateOf(snapshotOf("", "log-1")),
      updateOf(snapshotOf("kind", "log-2")),
      updateOf(snapshotOf("newer", "log-3", []), { whole: false }),
      updateOf(snapshotOf("newer", "log-3")),
    );
    const held = open();
    await held.sync("");
    await held.sync("kind");
    await held.sync("kind");
    expect(asked.map(([since]) => since)).toEqual([null, null, "log-2", null]);
    expect(held.hasOtherVectors.value).toBe(true);
  });

  test("does not compare vectors of another model, but still searches by words", async () => {
    const { open } = index(updateOf(snapshotOf("other", "log-1")));
    const held = open();
    await held.sync("mine");
    const vector = new Float32Array([1]);
    expect(held.hasOtherVectors.value).toBe(true);
    expect([held.similar(vector, "mine", 5, 0), held.communities(vector, "mine")]).toEqual([[], []]);
    expect(held.search({ ...tea, vector }, "mine", 5)[0]?.why).toBe("exact");
    expect(held.similar(vector, "other", 5, 0)).toHaveLength(1);
  });

  test("removes a post from memory and storage", async () => {
    const snapshot = snapshotOf("kind", "log-1");
    const { storage, open } = index(updateOf(snapshot));
    const held = open();
    await held.sync("kind");
    await held.remove([snapshot.posts[0]?.id ?? ""]);
    expect(held.search(tea, "kind", 5)).toEqual([]);
    expect((await new SnapshotStore(storage).load())?.posts).toEqual([]);
  });

  test("deletes stored bytes of another format", async () => {
    const storage = memoryCaches();
    await (await storage.open("ottit-quick")).put("/quick/shelf", new Response("OTPK of another time"));
    expect(await new SnapshotStore(storage).load()).toBeUndefined();
  });
});
