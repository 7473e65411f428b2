import { expect, test } from "vitest";
import { parseInline } from "../../../src/ui/markdown/parse-inline";
import { parseBlocks } from "../../../src/ui/markdown/parse-markdown";
import { excerpt, splitTitle } from "../../../src/ui/markdown/title-and-excerpt";

const links = (line: string) => parseInline(line).flatMap((run) => (run.kind === "link" ? [run.href] : []));
const kinds = (text: string) => parseBlocks(text).map((block) => block.kind);

test("web addresses become links without the sentence's punctuation", () => {
  expect(links("See https://example.org/a_(b). And (http://x.test/y).")).toEqual([
    "https://example.org/a_(b)",
    "http://x.test/y",
  ]);
});

test("only http and https become links", () => {
  expect(links("[x](javascript:alert(1)) data:text/html,hi [y](//evil.test) file:///etc/passwd")).toEqual([]);
});

test("HTML stays text", () => {
  expect(parseInline("<img src=x onerror=alert(1)>")).toEqual([
    { kind: "text", text: "<img src=x onerror=alert(1)>" },
  ]);
});

test("a line keeps all characters except markup", () => {
  const line = "2 * 3 * 4 = 24, `code`, **bold**, snake_case *yes*";
  expect(
    parseInline(line)
      .map((run) => run.text)
      .join(""),
  ).toBe("2 * 3 * 4 = 24, code, bold, snake_case yes");
});

test("paragraphs, quotes, code and lists are recognized", () => {
  expect(kinds("a\nb\n\n> q\n> r\n\n```\nx\n```\n\n- one\n- two\n\n    indented")).toEqual([
    "paragraph",
    "quote",
    "code",
    "list",
    "code",
  ]);
});

test("an unclosed fence extends to the end", () => {
  expect(parseBlocks("```\na\nb")).toEqual([{ kind: "code", text: "a\nb" }]);
});

test("the depth of quotes is limited", () => {
  expect(kinds(`${">".repeat(500)} deep`)).toEqual(["quote"]);
});

test("forty thousand adverse characters are parsed quickly", () => {
  const hostile = [
    "*".repeat(40_000),
    "[".repeat(40_000),
    "`".repeat(40_000),
    "> ".repeat(20_000),
    "http://".repeat(5000),
    `https://a.test/${")".repeat(39_000)}`,
    `https://a.test/${".".repeat(39_000)}x`,
  ];
  for (const text of hostile) {
    expect(parseBlocks(text).length).toBeGreaterThan(0);
    expect(parseInline(text).length).toBeGreaterThan(0);
  }
});

test("a post without a title uses its first line", () => {
  expect(splitTitle("", "# Hello **you**\n\nthe rest")).toEqual({ title: "Hello you", rest: "the rest" });
  expect(splitTitle("T", "body")).toEqual({ title: "T", rest: "body" });
});

test("an excerpt has no markup", () => {
  expect(excerpt("> quoted\n\n- a [link](https://x.test/) and **bold**", 100)).toBe("quoted a link and bold");
  expect(excerpt("x".repeat(50), 10)).toBe(`${"x".repeat(10)}…`);
});
