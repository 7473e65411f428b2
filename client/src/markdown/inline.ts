export type Inline =
  | { kind: "text" | "code" | "strong" | "emphasis"; text: string }
  | { kind: "link"; text: string; href: string };

const TOKEN = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    "\\[(?<label>[^\\]\\n]{1,300})\\]\\((?<target>https?://[^\\s)]+)\\)",
    "(?<url>https?://[^\\s<>\"'`]+)",
    "\\*\\*(?<strong>[^*\\n]+)\\*\\*",
    "(?<![\\w*])\\*(?<emphasis>[^*\\s][^*\\n]*)\\*(?![\\w*])",
  ].join("|"),
  "g",
);

/** Splits one line of Markdown into runs. Whatever is not understood stays text. */
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

/** A sentence's full stop or a closing bracket that was never opened is not part of its address. */
function withoutTrailingPunctuation(url: string): string {
  const closing = url.includes("(") ? ".,;:!?*_]" : ".,;:!?*_])";
  let end = url.length;
  // From the end, sign by sign: an expression would begin anew at each sign of a long row.
  while (closing.includes(url.charAt(end - 1)) && end > 0) end -= 1;
  return url.slice(0, end);
}

function isWebAddress(href: string): boolean {
  const scheme = URL.canParse(href) ? new URL(href).protocol : "";
  return scheme === "http:" || scheme === "https:";
}
