import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
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
