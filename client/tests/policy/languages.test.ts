import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import table from "../../../shared/policy/language_table.json";
import { unjudged, without } from "../../src/policy/judged-languages";
import type { LanguageTable } from "../../src/policy/language-evidence";
import { LanguageDetector } from "../../src/policy/languages";

interface Case {
  text: string;
  passages: [start: number, end: number, language: string | null][];
  unjudged: { languages: string[]; spans: [number, number][]; whole: boolean; substantial: boolean } | null;
}

const file = new URL("../../../tests/contract/language-vectors.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "ascii")) as { cases: Case[] };
const detector = new LanguageDetector(table as unknown as LanguageTable);

test.each(cases)("the language of passages: $text", ({ text, passages, unjudged: expected }) => {
  const found = detector.passages(text);
  expect(found.map(({ start, end, language }) => [start, end, language])).toEqual(passages);
  const result = unjudged(text, found, ["en"]);
  expect(result && { ...result, spans: result.spans.map(({ start, end }) => [start, end]) }).toEqual(
    expected,
  );
});

test("passages are replaced by as many spaces as they have code points", () => {
  expect(without("a 🔪b c", [{ start: 2, end: 4 }])).toBe("a    c");
});

test("an engine for every language judges everything", () => {
  const text = "Wer hat Lust, am Samstag mit uns wandern zu gehen?";
  expect(unjudged(text, detector.passages(text), ["*"])).toBeNull();
  expect(unjudged(text, detector.passages(text), ["en"])?.languages).toEqual(["de"]);
});
