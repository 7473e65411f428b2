import { expect, test } from "vitest";
import { Lookahead } from "../../../src/ui/markdown/lookahead";
import { parseInline } from "../../../src/ui/markdown/parse-inline";
import { type Block, parseBlocks } from "../../../src/ui/markdown/parse-markdown";
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
  "http://[",
  "https://a@",
  "| a | b\n|---|\n",
  "<b>",
  "<https://x>",
  "&amp;",
  "&#x0;",
  "[a]: https://x\n",
  "[a][b]",
  "![a](https://x)",
  "***",
  "a.",
  "\\",
];
/** An opening and a closing part: nested, the closing ones come after all opening ones. */
const PAIRS = [
  ["[", "](https://x.org)"],
  ["[a](https://x.org/(", ")"],
  ["*a ", " b*"],
  ["**a ", " b**"],
  ["`a", "b`"],
  ["> ", "\n"],
  ["- > ", "\n"],
  ["<i>", "</i>"],
  ["(", ")"],
  ["https://x.org/(", ")"],
  ["```\n", "\n```\n"],
] as const;
const SIZE = 10_000;
/** Seven searches share the line, and each reads a character at most twice; an address is read twice more. */
const MOST_READS = 16;
/** Four times the text may take this many times as long: a quadratic parser takes 16 times. */
const LARGEST_RATIO = 9;
/** Below this the clock and the rest of the machine decide; quadratic time takes seconds. */
const MEASURABLE_MS = 1000;

function render(text: string): Block[] {
  const blocks = parseBlocks(text);
  for (const line of text.split("\n")) parseInline(line);
  splitTitle(null, text);
  return blocks;
}

function took(text: string): number {
  const times = [0, 1, 2].map(() => {
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

test.each([...PARTS, ...PARTS.map((part) => `${part}a`), ...PAIRS.map((pair) => pair.join(""))])(
  "%j repeated has each character read a fixed number of times",
  (part) => {
    for (const size of [SIZE / 4, SIZE, 4 * SIZE]) {
      const line = repeated(part, size).replaceAll("\n", " ");
      const ahead = new Lookahead(line);
      parseInline(line, ahead);
      expect(ahead.examined, `${size} characters`).toBeLessThan(MOST_READS * size);
    }
  },
);

test.each(PAIRS)("%j nested is parsed in linear time", (open, close) => {
  const nested = (size: number) => {
    const depth = Math.floor(size / (open.length + close.length));
    return open.repeat(depth) + close.repeat(depth);
  };
  const [small, large] = [took(nested(SIZE)), took(nested(4 * SIZE))];
  expect(large < MEASURABLE_MS || large / Math.max(small, 0.1) < LARGEST_RATIO, `${large} ms`).toBe(true);
  const line = nested(4 * SIZE).replaceAll("\n", " ");
  const ahead = new Lookahead(line);
  parseInline(line, ahead);
  expect(ahead.examined).toBeLessThan(MOST_READS * line.length);
});

test("any text is parsed, and only web addresses become links", () => {
  for (let seed = 0; seed < 600; seed += 1) {
    const text = drawn(seed, 1 + (seed % 60));
    expect(Array.isArray(render(text)), `seed ${seed}`).toBe(true);
    expect(excerpt(text, 100).length, `seed ${seed}`).toBeLessThanOrEqual(101);
    for (const run of text.split("\n").flatMap((line) => parseInline(line))) {
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
