import { options, type VNode } from "preact";

/**
 * Characters that nobody sees, but that turn the order of other characters around or carry hidden words. The server
 * refuses them in names and titles (`shared/security/text_rules.py`); longer texts and older titles may contain them.
 * The first alternative is the flag of a region, the only use of tag characters.
 */
const HIDDEN = new RegExp(
  "(\\u{1f3f4}[\\u{e0030}-\\u{e0039}\\u{e0061}-\\u{e007a}]{1,6}\\u{e007f})" +
    "|[\\u0000-\\u0008\\u000e-\\u001f\\u007f-\\u0084\\u0086-\\u009f\\u202a-\\u202e\\u2066-\\u206f\\ufff9-\\ufffb" +
    "\\u{e0000}-\\u{e007f}]",
  "gu",
);

/** Replaces every such character by its code point in brackets, such as `[U+202E]`. */
export function visible(text: string): string {
  return text.replace(HIDDEN, (found, flag?: string) => flag ?? `[U+${codeOf(found)}]`);
}

/** Makes hidden characters visible wherever a component renders a text, a label or a hint. */
export function connectVisibleCharacters(): void {
  const next = options.vnode;
  options.vnode = (vnode: VNode) => {
    show(vnode as unknown as Shown);
    next?.(vnode);
  };
}

/** An element or, without a type, a text. */
interface Shown {
  type: unknown;
  props: unknown;
}

const SHOWN_ATTRIBUTES = ["children", "title", "aria-label", "placeholder", "label", "alt"] as const;

function show(vnode: Shown): void {
  if (typeof vnode.props === "string") vnode.props = visible(vnode.props);
  if (typeof vnode.type !== "string") return;
  const props = vnode.props as Partial<Record<(typeof SHOWN_ATTRIBUTES)[number], unknown>>;
  for (const name of SHOWN_ATTRIBUTES) {
    const value = props[name];
    if (typeof value === "string") props[name] = visible(value);
  }
}

function codeOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}
