export type Block =
  | { kind: "paragraph"; lines: string[] }
  | { kind: "quote"; blocks: Block[] }
  | { kind: "code"; text: string }
  | { kind: "list"; ordered: boolean; items: string[] }
  | { kind: "heading"; text: string };

const FENCE = /^\s{0,3}(```|~~~)/;
const QUOTE = /^\s{0,3}> ?/;
const BULLET = /^\s{0,3}[-*+]\s+/;
const NUMBER = /^\s{0,3}\d{1,4}[.)]\s+/;
const HEADING = /^\s{0,3}#{1,6}\s+/;
const INDENTED = /^(?: {4}|\t)/;
/** Bounds the recursion; deeper quotes are shown as text. */
const MAX_QUOTE_DEPTH = 4;

/** Splits Markdown into blocks. HTML stays text. */
export function parseBlocks(text: string, depth = 0): Block[] {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const blocks: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    const { block, next } = readBlock(lines, at, depth, blocks.at(-1)?.kind === "paragraph");
    if (block) blocks.push(block);
    at = next;
  }
  return blocks;
}

interface Read {
  block: Block | null;
  next: number;
}

function readBlock(lines: string[], at: number, depth: number, afterParagraph: boolean): Read {
  const line = lines[at] ?? "";
  if (line.trim() === "") return { block: null, next: at + 1 };
  if (FENCE.test(line)) return readFence(lines, at);
  if (QUOTE.test(line) && depth < MAX_QUOTE_DEPTH) return readQuote(lines, at, depth);
  if (HEADING.test(line))
    return { block: { kind: "heading", text: line.replace(HEADING, "") }, next: at + 1 };
  if (BULLET.test(line) || NUMBER.test(line)) return readList(lines, at);
  if (INDENTED.test(line) && !afterParagraph) return readIndented(lines, at);
  return readParagraph(lines, at);
}

function readFence(lines: string[], at: number): Read {
  const end = runEnd(lines, at + 1, (line) => !FENCE.test(line));
  return { block: { kind: "code", text: lines.slice(at + 1, end).join("\n") }, next: end + 1 };
}

function readQuote(lines: string[], at: number, depth: number): Read {
  const next = runEnd(lines, at, (line) => QUOTE.test(line));
  const inner = lines.slice(at, next).map((line) => line.replace(QUOTE, ""));
  return { block: { kind: "quote", blocks: parseBlocks(inner.join("\n"), depth + 1) }, next };
}

function readList(lines: string[], at: number): Read {
  const ordered = NUMBER.test(lines[at] ?? "");
  const mark = ordered ? NUMBER : BULLET;
  const next = runEnd(lines, at, (line) => mark.test(line));
  return {
    block: { kind: "list", ordered, items: lines.slice(at, next).map((line) => line.replace(mark, "")) },
    next,
  };
}

function readIndented(lines: string[], at: number): Read {
  const next = runEnd(lines, at, (line) => INDENTED.test(line));
  const text = lines.slice(at, next).map((line) => line.replace(INDENTED, ""));
  return { block: { kind: "code", text: text.join("\n") }, next };
}

function readParagraph(lines: string[], at: number): Read {
  const next = runEnd(lines, at + 1, (line) => line.trim() !== "" && !startsBlock(line));
  return { block: { kind: "paragraph", lines: lines.slice(at, next).map((line) => line.trim()) }, next };
}

function startsBlock(line: string): boolean {
  return [FENCE, QUOTE, BULLET, NUMBER, HEADING].some((start) => start.test(line));
}

function runEnd(lines: string[], at: number, belongs: (line: string) => boolean): number {
  let end = at;
  while (end < lines.length && belongs(lines[end] ?? "")) end += 1;
  return end;
}

export type Inline =
  | { kind: "text" | "code" | "strong" | "emphasis"; text: string }
  | { kind: "link"; text: string; href: string };

/** Labels and targets are bounded: without a closing bracket, each opening one would be searched to the end of the text. */
const TOKEN = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    "\\[(?<label>[^\\]\\n]{1,300})\\]\\((?<target>https?://[^\\s)]{1,2000})\\)",
    "(?<url>https?://[^\\s<>\"'`]+)",
    "\\*\\*(?<strong>[^*\\n]+)\\*\\*",
    "(?<![\\w*])\\*(?<emphasis>[^*\\s][^*\\n]*)\\*(?![\\w*])",
  ].join("|"),
  "g",
);

/** Splits one line of Markdown into runs. Unknown syntax stays text. */
export function parseInline(line: string): Inline[] {
  const runs: Inline[] = [];
  let at = 0;
  for (const found of line.matchAll(TOKEN)) {
    const run = runOf(found.groups ?? {});
    if (!run) continue;
    if (found.index > at) runs.push({ kind: "text", text: line.slice(at, found.index) });
    runs.push(run.inline);
    at = found.index + found[0].length - run.unused;
  }
  if (at < line.length) runs.push({ kind: "text", text: line.slice(at) });
  return runs;
}

function runOf(groups: Record<string, string | undefined>): { inline: Inline; unused: number } | null {
  const { code, label, target, url, strong, emphasis } = groups;
  if (code) return { inline: { kind: "code", text: code }, unused: 0 };
  if (strong) return { inline: { kind: "strong", text: strong }, unused: 0 };
  if (emphasis) return { inline: { kind: "emphasis", text: emphasis }, unused: 0 };
  if (label && target) return link(label, target, 0);
  if (!url) return null;
  const clean = withoutTrailingPunctuation(url);
  return link(clean.replace(/^https?:\/\/(www\.)?/, ""), clean, url.length - clean.length);
}

function link(text: string, href: string, unused: number): { inline: Inline; unused: number } | null {
  return isWebAddress(href) ? { inline: { kind: "link", text, href }, unused } : null;
}

/** Cuts off a full stop, or a closing bracket without an opening one: they belong to the sentence. */
function withoutTrailingPunctuation(url: string): string {
  const closing = url.includes("(") ? ".,;:!?*_]" : ".,;:!?*_])";
  let end = url.length;
  // A loop, because a regular expression would take quadratic time on a long run of punctuation.
  while (closing.includes(url.charAt(end - 1)) && end > 0) end -= 1;
  return url.slice(0, end);
}

function isWebAddress(href: string): boolean {
  const scheme = URL.canParse(href) ? new URL(href).protocol : "";
  return scheme === "http:" || scheme === "https:";
}
