import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { LruCache, sentencesOf } from "../../src/device/sentence-scorer";
import { preTokenize } from "../../src/device/tokenizer/pre-tokenizer";
import { type TokenizerFile, WordPiece } from "../../src/device/tokenizer/wordpiece";

const read = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as unknown;
const tokenizer = new WordPiece(read("../../../shared/model/artifacts/tokenizer.json") as TokenizerFile);
const vectors = read("../../../tests/contract/tokenizer-vectors.json") as { text: string; ids: number[] }[];

describe("tokens", () => {
  test("every text of the contract gets the same ids as on the server", () => {
    expect(vectors.length).toBeGreaterThan(400);
    for (const { text, ids } of vectors) {
      expect(tokenizer.encode(text, 256), JSON.stringify(text)).toEqual(ids);
    }
  });

  test("a truncated text keeps its final token", () => {
    const ids = tokenizer.encode("word ".repeat(1000), 16);
    expect(ids).toHaveLength(16);
    expect(ids.at(-1)).toBe(102);
  });

  test("accents, capitals and kinds of spaces do not change a word", () => {
    expect(preTokenize("Ｃafé\u3000NAÏVE\u200b!")).toEqual(["ｃafe", "naive", "!"]);
  });
});

describe("sentences", () => {
  const split = (text: string) => sentencesOf(text).map(({ start, end }) => text.slice(start, end));

  test("end with a full stop, a question, or a line", () => {
    expect(split("One. Two? Three\nFour!")).toEqual(["One.", "Two?", "Three", "Four!"]);
  });

  test("do not end inside a number or an address", () => {
    expect(split("It costs 3.50 at shop.example today. Fine.")).toEqual([
      "It costs 3.50 at shop.example today.",
      "Fine.",
    ]);
  });

  test("cover every letter exactly once and in order", () => {
    const text = "A “quoted.” one … and (brackets.) then 你好。再见！\n\n- a list\n- of two";
    const spans = sentencesOf(text);
    const letters = (part: string) => part.replace(/[^\p{L}]/gu, "");
    expect(letters(spans.map(({ start, end }) => text.slice(start, end)).join(""))).toBe(letters(text));
    spans.slice(1).forEach((span, at) => {
      expect(span.start).toBeGreaterThanOrEqual(spans[at]?.end ?? 0);
    });
  });

  test("an empty text has none, and a word is one", () => {
    expect(split(" \n . ")).toEqual([]);
    expect(split("word")).toEqual(["word"]);
  });

  test("are found quickly in a long text without punctuation", () => {
    expect(split("a ".repeat(50_000))).toHaveLength(1);
    expect(split(".".repeat(50_000))).toEqual([]);
  });
});

test("a cache drops the least recently used value", () => {
  const cache = new LruCache<number>(2);
  cache.set("a", 1);
  cache.set("b", 2);
  cache.get("a");
  cache.set("c", 3);
  expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual([1, undefined, 3]);
});
