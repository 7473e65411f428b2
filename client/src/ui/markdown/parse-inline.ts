import { namesAnotherHost, readAddress } from "../../platform/browser/web-address";
import { Lookahead } from "./lookahead";

export type Inline =
  | { kind: "text" | "code" | "strong" | "emphasis"; text: string }
  | {
      kind: "link";
      text: string;
      href: string;
      /** The host that the link leads to, where its text could make readers expect another one; else empty. */
      host: string;
    };

/** A run and the place behind it. */
interface Read {
  run: Inline;
  end: number;
}

/** Characters at which a construct may begin; an address begins with an `h`. */
const STARTS = "`[*h";
const SPACE = " \t\n\v\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a";
const WIDE_SPACE = "\u2028\u2029\u202f\u205f\u3000\ufeff";
const AFTER_ADDRESS = `${SPACE}${WIDE_SPACE}<>"'\``;
const AFTER_TARGET = `${SPACE}${WIDE_SPACE})`;
/** Longer labels and targets are no links. */
const MAX_LABEL = 300;
const MAX_TARGET = 2000;

/**
 * Splits one line of Markdown into runs, in time that grows with the length of the line. Unknown syntax stays text.
 *
 * @param ahead finds closing characters; it also counts the work
 */
export function parseInline(line: string, ahead = new Lookahead(line)): Inline[] {
  const runs: Inline[] = [];
  let [textStart, at] = [0, ahead.next(STARTS, 0)];
  while (at < line.length) {
    const read = readRun(ahead, at, textStart === at && at > 0);
    if (read) {
      if (at > textStart) runs.push({ kind: "text", text: line.slice(textStart, at) });
      runs.push(read.run);
      textStart = read.end;
    }
    at = ahead.next(STARTS, read ? read.end : at + 1);
  }
  if (textStart < line.length) runs.push({ kind: "text", text: line.slice(textStart) });
  return runs;
}

function readRun(ahead: Lookahead, at: number, afterRun: boolean): Read | null {
  switch (ahead.line.charAt(at)) {
    case "`":
      return readDelimited(ahead, "code", at + 1, ahead.next("`\n", at + 1));
    case "[":
      return readLink(ahead, at, afterRun);
    case "*":
      return ahead.line.charAt(at + 1) === "*" ? readStrong(ahead, at) : readEmphasis(ahead, at);
    default:
      return readBareAddress(ahead, at);
  }
}

function readStrong(ahead: Lookahead, at: number): Read | null {
  const end = ahead.next("*\n", at + 2);
  return ahead.line.startsWith("**", end) ? readDelimited(ahead, "strong", at + 2, end, 2) : null;
}

function readEmphasis(ahead: Lookahead, at: number): Read | null {
  const { line } = ahead;
  if (/[\w*]/.test(line.charAt(at - 1)) || /\s/.test(line.charAt(at + 1))) return null;
  const end = ahead.next("*\n", at + 1);
  return /[\w*]/.test(line.charAt(end + 1)) ? null : readDelimited(ahead, "emphasis", at + 1, end);
}

function readDelimited(
  { line }: Lookahead,
  kind: "code" | "strong" | "emphasis",
  start: number,
  end: number,
  width = 1,
): Read | null {
  if (end <= start || end >= line.length || line.charAt(end) === "\n") return null;
  return { run: { kind, text: line.slice(start, end) }, end: end + width };
}

function readLink(ahead: Lookahead, at: number, afterRun: boolean): Read | null {
  const { line } = ahead;
  const close = ahead.next("]\n", at + 1);
  const label = line.slice(at + 1, close);
  if (label === "" || label.length > MAX_LABEL || !line.startsWith("](http", close)) return null;
  const end = ahead.next(AFTER_TARGET, close + 2);
  if (line.charAt(end) !== ")" || end - close > MAX_TARGET) return null;
  ahead.examined += end - close;
  const address = readAddress(line.slice(close + 2, end));
  if (!address) return null;
  const reads = afterRun || joinsText(line, at, end + 1) || namesAnotherHost(label, address.hostname);
  return { run: link(label, address.href, reads ? address.shownHost : ""), end: end + 1 };
}

/** Returns true if the text of a link reads as one word or address with the characters beside it. */
function joinsText(line: string, start: number, end: number): boolean {
  return (
    /(?:[\p{L}\p{N}][.:@-]?|\/)$/u.test(line.slice(Math.max(0, start - 3), start)) ||
    /^(?:[.:@/-]?[\p{L}\p{N}]|[[*`])/u.test(line.slice(end, end + 3))
  );
}

function readBareAddress(ahead: Lookahead, at: number): Read | null {
  const { line } = ahead;
  if (!line.startsWith("http://", at) && !line.startsWith("https://", at)) return null;
  const written = withoutTrailingPunctuation(line.slice(at, ahead.next(AFTER_ADDRESS, at)));
  ahead.examined += written.length;
  const address = readAddress(written);
  // The whole run becomes text: trying each of its parts again would take quadratic time.
  const run: Inline = address ? link(address.text, address.href, "") : { kind: "text", text: written };
  return { run, end: at + written.length };
}

function link(text: string, href: string, host: string): Inline {
  return { kind: "link", text, href, host };
}

/** Cuts off a full stop, or a closing bracket without an opening one: they belong to the sentence. */
function withoutTrailingPunctuation(url: string): string {
  const closing = url.includes("(") ? ".,;:!?*_]" : ".,;:!?*_])";
  let end = url.length;
  // A loop, because a regular expression would take quadratic time on a long run of punctuation.
  while (closing.includes(url.charAt(end - 1)) && end > 0) end -= 1;
  return url.slice(0, end);
}
