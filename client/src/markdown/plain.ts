import { parseBlocks } from "./blocks";
import { parseInline } from "./inline";

/** The words of a text on one run of lines, without marks: for the lines under a title in a feed. */
export function excerpt(text: string, length: number): string {
  const words = text
    .slice(0, length * 2)
    .replace(/^\s*(?:[>#]+|[-*+]|```\w*|~~~)\s?/gm, "")
    .replace(/\[([^\]\n]+)\]\(https?:[^)\s]*\)/g, "$1")
    .replace(/\*\*|`/g, "")
    .replace(/\s+/g, " ")
    .trim();
  return words.length > length ? `${words.slice(0, length).trimEnd()}…` : words;
}

/** A post without a title is headed by its first line; the rest stays the body. */
export function splitTitle(title: string | null | undefined, body: string): { title: string; rest: string } {
  if (title) return { title, rest: body };
  const [first = "", ...rest] = body.trim().split("\n");
  const block = parseBlocks(first)[0];
  const line = block?.kind === "heading" ? block.text : first;
  const words = parseInline(line)
    .map((run) => run.text)
    .join("");
  return { title: excerpt(words, 300), rest: rest.join("\n").trim() };
}
