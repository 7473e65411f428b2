import { describe, expect, test } from "vitest";
import { searchSnapshot } from "../../../src/platform/local-index/hybrid-search";
import {
  applyUpdate,
  type IndexedPost,
  MAX_ROWS,
  type Snapshot,
  type SnapshotUpdate,
  withoutPosts,
} from "../../../src/platform/local-index/snapshot";
import {
  decodeSnapshot,
  encodeSnapshot,
  SnapshotFormatError,
} from "../../../src/platform/local-index/snapshot-format";
import { TitleIndex } from "../../../src/platform/local-index/title-index";
import { CommunityCentroids, nearestPosts } from "../../../src/platform/local-index/vector-search";

const idOf = (number: number) => `00000000-0000-7000-8000-${String(number).padStart(12, "0")}`;

function post(number: number, title: string, community = "garden"): IndexedPost {
  return { id: idOf(number), title, community, created: 1_700_000_000 + number };
}

/** Posts with vectors of two dimensions, in steps of 1/127. */
function snapshot(posts: IndexedPost[], vectors: [number, number][] = [], until = "log-1"): Snapshot {
  const steps = posts.flatMap((_, row) => vectors[row] ?? [0, 0]);
  const sizes = posts.map((_, row) => (vectors[row] ? 1 / 127 : 0));
  return {
    ...{ until, vectors: "kind", dimensions: 2, posts },
    sizes: Float32Array.from(sizes),
    steps: Int8Array.from(steps),
  };
}

const update = (of: Snapshot, more: Partial<SnapshotUpdate> = {}): SnapshotUpdate => ({
  ...of,
  whole: false,
  gone: [],
  ...more,
});
const titles = (of: Snapshot) => of.posts.map(({ title }) => title);

describe("the bytes of an update", () => {
  const kept = snapshot([post(1, "Käse und 🍞"), post(2, "", "kitchen")], [[127, -127]]);

  test("survive writing and reading", async () => {
    const { whole, gone, ...read } = decodeSnapshot(await encodeSnapshot(kept).arrayBuffer());
    expect(read).toEqual(kept);
    expect([whole, gone]).toEqual([true, []]);
  });

  test("are refused in another format", async () => {
    const bytes = await encodeSnapshot(kept).text();
    const newer = new TextEncoder().encode(bytes.replace('"format":1', '"format":2'));
    expect(() => decodeSnapshot(newer.buffer)).toThrow(SnapshotFormatError);
  });

  test("are refused where they end early or are something else", async () => {
    const bytes = await encodeSnapshot(kept).arrayBuffer();
    for (const length of [0, 3, 7, 20, bytes.byteLength - 1]) {
      expect(() => decodeSnapshot(bytes.slice(0, length)), String(length)).toThrow(SnapshotFormatError);
    }
    expect(() => decodeSnapshot(new TextEncoder().encode("<!doctype html>").buffer)).toThrow(
      SnapshotFormatError,
    );
  });
});

describe("a snapshot", () => {
  const before = snapshot(
    [post(2, "two"), post(1, "one")],
    [
      [10, 0],
      [0, 10],
    ],
  );

  test("adds new posts and removes those that are gone", () => {
    const after = applyUpdate(
      before,
      update(snapshot([post(3, "three")], [[5, 5]], "log-2"), { gone: [idOf(2)] }),
    );
    expect(titles(after)).toEqual(["three", "one"]);
    expect([...after.steps]).toEqual([5, 5, 0, 10]);
    expect(after.until).toBe("log-2");
  });

  test("replaces a changed post", () => {
    const after = applyUpdate(before, update(snapshot([post(1, "one, edited")])));
    expect(titles(after)).toEqual(["one, edited", "two"]);
  });

  test("is replaced by a whole update", () => {
    expect(titles(applyUpdate(before, update(snapshot([post(9, "nine")]), { whole: true })))).toEqual([
      "nine",
    ]);
  });

  test("keeps nothing of a removed post", () => {
    const after = withoutPosts(before, new Set([idOf(2)]));
    expect([titles(after), [...after.steps]]).toEqual([["one"], [0, 10]]);
  });

  test("drops the oldest posts above its limit", () => {
    const many = snapshot(Array.from({ length: MAX_ROWS }, (_, row) => post(row, `${row}`)));
    const after = applyUpdate(many, update(snapshot([post(MAX_ROWS + 1, "newest")])));
    expect(after.posts).toHaveLength(MAX_ROWS);
    expect([after.posts[0]?.title, after.posts.at(-1)?.title]).toEqual(["newest", `${MAX_ROWS - 2}`]);
  });
});

describe("search by words", () => {
  const posts = [
    post(1, "Why does my sourdough stay flat?"),
    post(2, "Flat tyres on the way to work"),
    post(3, "Sourdough, sourdough: a diary of a starter"),
    post(4, "Étagère for a small flat", "homes"),
  ];
  const found = (query: string) => new TitleIndex(posts).search(query, 10).map(({ row }) => row + 1);

  test("finds titles with any word, those with the rarer word first", () => {
    expect(found("sourdough starter")[0]).toBe(3);
    expect(found("flat").sort()).toEqual([1, 2, 4]);
  });

  test("matches prefixes, without accents and capitals", () => {
    expect(found("SOURD").sort()).toEqual([1, 3]);
    expect(found("etag")).toEqual([4]);
  });

  test("ignores stop words, except where there are no other words", () => {
    expect(found("why does the sourdough").sort()).toEqual([1, 3]);
    expect(found("on the way to")).toEqual([2]);
    expect(found("why does")).toEqual([1]);
  });

  test("finds posts by their community, and nothing for an empty query", () => {
    expect(found("homes")).toEqual([4]);
    expect(found("  …")).toEqual([]);
    expect(found("zebra")).toEqual([]);
  });
});

describe("search by meaning", () => {
  const posts = [post(1, "north"), post(2, "east"), post(3, "north-east"), post(4, "nowhere")];
  const kept = snapshot(posts, [
    [0, 127],
    [127, 0],
    [90, 90],
  ]);
  const north = new Float32Array([0, 1]);

  test("sorts by similarity and leaves out unrelated posts", () => {
    expect(nearestPosts(kept, north, 5).map(({ post: near }) => near.title)).toEqual(["north", "north-east"]);
    expect(nearestPosts(kept, north, 5)[0]?.similarity).toBeCloseTo(1, 2);
  });

  test("finds nothing for a vector of another length", () => {
    expect(nearestPosts(kept, new Float32Array(3), 5)).toEqual([]);
  });

  test("labels each result with the way it was found", () => {
    const index = new TitleIndex(posts);
    const hits = searchSnapshot(kept, index, { text: "north east", vector: north, community: "" }, 5);
    const why = Object.fromEntries(hits.map((hit) => [hit.post.title, hit.why]));
    expect(why).toEqual({ "north-east": "exact", north: "words and meaning", east: "words" });
    expect(hits[0]?.post.title).toBe("north-east");
  });

  test("suggests the communities with the nearest posts, nearest first", () => {
    const places = [post(1, "a", "north"), post(2, "b", "east"), post(3, "c", "north")];
    const kept = snapshot(places, [
      [0, 127],
      [90, 90],
      [10, 126],
    ]);
    const guesses = new CommunityCentroids(kept).nearest(north);
    expect(guesses.map(({ community }) => community)).toEqual(["north", "east"]);
  });
});
