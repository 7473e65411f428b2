import { expect, test } from "vitest";
import { codePoints } from "../../src/policy/code-points";
import { highlight } from "../../src/ui/highlights";

const reason = (start: number, end: number) => ({
  rule: "r",
  category: "c",
  message: "m",
  spans: [{ start, end }],
});
const marked = (text: string, offset: number, ...spans: [number, number][]) =>
  highlight(
    text,
    offset,
    spans.map(([start, end]) => reason(start, end)),
  )
    .filter((run) => run.reason)
    .map((run) => run.text);

test("the runs of a text add up to the text", () => {
  const runs = highlight("you are an idiot, idiot", 0, [reason(11, 16), reason(18, 23)]);
  expect(runs.map((run) => run.text).join("")).toBe("you are an idiot, idiot");
});

test("offsets count code points, as the server does", () => {
  expect(codePoints("🌱🌱 x")).toBe(4);
  expect(marked("🌱🌱 idiot", 0, [3, 8])).toEqual(["idiot"]);
});

test("a field shows only its part of a span", () => {
  expect(marked("title", 0, [2, 50])).toEqual(["tle"]);
  expect(marked("body", 7, [0, 5])).toEqual([]);
  expect(marked("body", 7, [5, 9])).toEqual(["bo"]);
});

test("overlapping spans mark each word once", () => {
  expect(marked("abcdef", 0, [0, 4], [2, 6])).toEqual(["abcd", "ef"]);
});
