import { describe, expect, test } from "vitest";
import vectors from "../../../../tests/contract/search-words.json";
import { searchSnapshot } from "../../../src/platform/local-index/hybrid-search";
import {
  containsAll,
  literalPhrases,
  partsOf,
  searchedWords,
  wordsOf,
} from "../../../src/platform/local-index/search-words";
import type { Snapshot } from "../../../src/platform/local-index/snapshot";
import { TitleIndex } from "../../../src/platform/local-index/title-index";
import { isReadByModel } from "../../../src/platform/local-index/vector-search";

describe("the words of a text are those of the server", () => {
  test.each(vectors.words)("in $text", ({ text, words, parts, phrases, quoted }) => {
    expect(searchedWords(text)).toEqual(words);
    expect(wordsOf(text).flatMap(partsOf)).toEqual(parts);
    expect(literalPhrases(text)).toEqual(phrases);
    expect(literalPhrases(text, true)).toEqual(quoted);
  });

  test.each(vectors.literal)("$query in $text: $found", ({ query, text, found }) => {
    expect(containsAll(searchedWords(text), literalPhrases(query))).toBe(found);
  });

  test("long words have no parts", () => {
    expect(partsOf("a".repeat(41))).toEqual([]);
  });
});

test.each(vectors.read_by_the_model)("the model reads $text: $read", ({ text, read }) => {
  expect(isReadByModel(text)).toBe(read);
});

test("a part of a compound and a word without its prefix are found on the device", () => {
  const titles = ["Haftpflichtversicherung", "المكتبة القديمة", "other"];
  const posts = titles.map((title, at) => ({ id: `${at}`, title, community: "town", created: at }));
  const index = new TitleIndex(posts);
  const rows = ["Versicherung", "مكتبة", "Haftpflicht"].map((query) =>
    index.search(query, 5).map(({ row }) => row),
  );
  expect(rows).toEqual([[0], [1], [0]]);
  expect(index.literal("Versicherung").size).toBe(0);
});

test("words weigh more than meaning in scripts that the model has not learnt, emoji aside", () => {
  const posts = ["кошки и собаки", "something else"].map((title, at) => {
    return { id: `${at}`, title, community: "town", created: at };
  });
  const steps = Int8Array.of(0, 127, 127, 0);
  const sizes = new Float32Array(2).fill(1 / 127);
  const snapshot: Snapshot = { until: "1", vectors: "kind", dimensions: 2, posts, sizes, steps };
  const index = new TitleIndex(posts);
  const first = (text: string) => {
    const query = { text, vector: Float32Array.of(1, 0), community: "" };
    return searchSnapshot(snapshot, index, query, 5)[0]?.post.id;
  };
  expect([first("собаки летом"), first("dogs 😀")]).toEqual(["0", "1"]);
});

describe("a literal word is first on the device", () => {
  const all = Object.values(vectors.posts).flat();
  const posts = all.map(({ text }, at) => ({ id: `${at}`, title: text, community: "town", created: at }));
  const steps = new Int8Array(2 * posts.length).fill(90);
  const snapshot: Snapshot = {
    ...{ until: "1", vectors: "kind", dimensions: 2, posts, steps },
    sizes: new Float32Array(posts.length).fill(1 / 127),
  };
  const index = new TitleIndex(posts);

  test.each(Object.entries(vectors.posts))("in 10 of 10 posts: %s", (_, ofLanguage) => {
    const right = ofLanguage.filter(({ text, query }) => {
      const vector = Float32Array.of(Math.SQRT1_2, Math.SQRT1_2);
      const [first] = searchSnapshot(snapshot, index, { text: query, vector, community: "" }, 5);
      return first?.post.title === text && first.why === "exact";
    });
    expect(right).toHaveLength(10);
  });
});
