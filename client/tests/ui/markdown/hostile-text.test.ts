import { expect, test } from "vitest";
import { type Block, parseBlocks, parseInline } from "../../../src/ui/markdown/parse-markdown";
import { excerpt, splitTitle } from "../../../src/ui/markdown/title-and-excerpt";
import { random } from "../../support/random";

/** Parts that open, close or interrupt a construct of the parser. */
const PARTS = [
  "[a](https://x<",
  "[",
  "](",
  "[a](https://x)",
  "https://x.org/(",
  "https://x",
  ".,;:!?*_])",
  "*",
  "**",
  "a*b",
  " *a",
  "`",
  "```\n",
  "~~~\n",
  "> ",
  ">>>>>> ",
  "- ",
  "1. ",
  "# ",
  "    ",
  "\t",
  "\n",
  "\n\n",
  "\r\n",
  " ",
  "x",
  "\u0000",
  "\ud800",
  "\u202e",
  "<script>",
  "javascript:alert(1)",
  "[a](javascript:x)",
  "🍅",
  "_",
  "(",
  ")",
];
const SIZE = 10_000;
/** Four times the text may take this many times as long: a quadratic parser takes 16 times. */
const LARGEST_RATIO = 9;
/** Below this the clock and the rest of the machine decide. */
const MEASURABLE_MS = 100;

function render(text: string): Block[] {
  const blocks = parseBlocks(text);
  for (const line of text.split("\n")) parseInline(line);
  splitTitle(null, text);
  return blocks;
}

function took(text: string): number {
  const times = [0, 1, 2, 3, 4].map(() => {
    const start = performance.now();
    render(text);
    return performance.now() - start;
  });
  return Math.min(...times);
}

function repeated(part: string, size: number): string {
  return part.repeat(Math.ceil(size / part.length)).slice(0, size);
}

function drawn(seed: number, parts: number): string {
  const next = random(seed);
  return Array.from({ length: parts }, () => PARTS[Math.floor(next() * PARTS.length)]).join("");
}

test.each([...PARTS, ...PARTS.map((part) => `${part}a`), "```\na\n", "* [a](https://x<"])(
  "%j repeated is parsed in linear time",
  (part) => {
    const large = took(repeated(part, 4 * SIZE));
    const ratio = large / Math.max(took(repeated(part, SIZE)), 0.1);
    expect(large < MEASURABLE_MS || ratio < LARGEST_RATIO, `${large} ms, ${ratio} times as long`).toBe(true);
  },
);

test("any text is parsed, and only web addresses become links", () => {
  for (let seed = 0; seed < 600; seed += 1) {
    const text = drawn(seed, 1 + (seed % 60));
    expect(Array.isArray(render(text)), `seed ${seed}`).toBe(true);
    expect(excerpt(text, 100).length, `seed ${seed}`).toBeLessThanOrEqual(101);
    for (const run of text.split("\n").flatMap(parseInline)) {
      if (run.kind === "link") expect(run.href, `seed ${seed}`).toMatch(/^https?:/);
    }
  }
});

test("no character of a line is lost", () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const line = drawn(seed, 20).replace(/[\r\n*`[\]]|https?:\/\//g, "x");
    expect(
      parseInline(line)
        .map((run) => run.text)
        .join(""),
      `seed ${seed}`,
    ).toBe(line);
  }
});

test("a link whose address is too long stays text", () => {
  const address = `https://x.org/${"a".repeat(3000)}`;
  expect(
    parseInline(`[label](${address})`)
      .map((run) => run.text)
      .join(""),
  ).toContain("[label](");
});
