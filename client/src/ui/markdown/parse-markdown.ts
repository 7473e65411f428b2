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
