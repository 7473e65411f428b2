import { parseInline } from "./parse-inline";
import { type Block, parseBlocks } from "./parse-markdown";

/** The first `length` characters of a text as one line without Markdown, for the lines under a title in a feed. */
export function excerpt(text: string, length: number): string {
  const line = parseBlocks(text.slice(0, length * 2))
    .map(plainBlock)
    .join(" ")
    .replace(/\s+/g, " ")
    .trim();
  return line.length > length ? `${line.slice(0, length).trimEnd()}…` : line;
}

/** Title and body of a post. Without a title the first line becomes the title. */
export function splitTitle(title: string | null | undefined, body: string): { title: string; rest: string } {
  if (title) return { title, rest: body };
  const [first = "", ...rest] = body.trim().split("\n");
  return { title: excerpt(first, 300), rest: rest.join("\n").trim() };
}

function plainBlock(block: Block): string {
  switch (block.kind) {
    case "paragraph":
      return block.lines.map(plainLine).join(" ");
    case "list":
      return block.items.map(plainLine).join(" ");
    case "quote":
      return block.blocks.map(plainBlock).join(" ");
    case "heading":
      return plainLine(block.text);
    case "code":
      return block.text;
  }
}

function plainLine(line: string): string {
  return parseInline(line)
    .map((run) => run.text)
    .join("");
}
