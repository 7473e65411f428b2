import { expect, test } from "vitest";
import { LocalIndex } from "../../../src/platform/local-index/local-index";
import type { SnapshotUpdate } from "../../../src/platform/local-index/snapshot";
import { SnapshotStore } from "../../../src/platform/local-index/snapshot-store";
import { memoryCaches } from "../../support/memory-caches";

const post = (id: string) => ({ id, title: id, community: "garden", created: 1 });

function update(ids: string[], part: Partial<SnapshotUpdate> = {}): SnapshotUpdate {
  return {
    ...{ until: "log-1", vectors: "", dimensions: 0, posts: ids.map(post), gone: [], whole: true },
    ...{ sizes: new Float32Array(ids.length), steps: new Int8Array(0) },
    ...part,
  };
}

/** A index whose server answers when the test says so. */
function slowLibrary() {
  const answers: ((update: SnapshotUpdate) => void)[] = [];
  const storage = memoryCaches();
  const index = new LocalIndex(
    () => new Promise((resolve) => answers.push(resolve)),
    new SnapshotStore(storage),
  );
  const titles = () => index.snapshot.value?.posts.map(({ title }) => title);
  const answer = async (turn: number, found: SnapshotUpdate) => {
    await expect.poll(() => answers.length).toBeGreaterThan(turn);
    answers[turn]?.(found);
  };
  return { index, storage, titles, answer };
}

test("a post that is removed during a sync stays removed", async () => {
  const { index, titles, answer } = slowLibrary();
  const first = index.sync("");
  await answer(0, update(["a", "b"]));
  await first;
  const second = index.sync("");
  await index.remove(["a"]);
  await answer(1, update(["c"], { whole: false, until: "log-2" }));
  await second;
  expect(titles()).toEqual(["c", "b"]);
  const third = index.sync("");
  await index.remove(["b"]);
  await answer(2, update(["b", "d"]));
  await third;
  expect(titles()).toEqual(["d"]);
});

test("clearing also discards the answer of a sync in progress", async () => {
  const { index, storage, titles, answer } = slowLibrary();
  const syncing = index.sync("");
  const cleared = index.clear();
  await answer(0, update(["a"]));
  await Promise.all([syncing, cleared]);
  expect(titles()).toBeUndefined();
  expect(await new SnapshotStore(storage).load()).toBeUndefined();
});

test("a query that the model cannot read is searched by words alone", async () => {
  const { index, answer } = slowLibrary();
  const syncing = index.sync("kind");
  const steps = Int8Array.of(127, 0, 127, 0);
  const vectors = { vectors: "kind", dimensions: 2, sizes: new Float32Array(2).fill(1 / 127), steps };
  await answer(0, update(["猫カフェ", "garden"], vectors));
  await syncing;
  const found = (text: string) =>
    index
      .search({ text, vector: Float32Array.of(1, 0), community: "" }, "kind", 5)
      .map(({ post, why }) => [post.title, why]);
  expect(found("猫カフェ")).toEqual([["猫カフェ", "exact"]]);
  expect(found("😀")).toEqual([]);
  expect(found("a plot of land")).toHaveLength(2);
});
