import { options, type VNode } from "preact";
import { hasRightToLeft } from "../platform/i18n";

/**
 * Characters that nobody sees, but that turn the order of other characters around or carry hidden words. The server
 * refuses them in names and titles (`shared/security/text_rules.py`); longer texts and older titles may contain them.
 * The first alternatives stay: the flag of a region, the only use of tag characters, and an isolated text that contains
 * no control of its own, as `t` makes it. It turns nothing around outside of itself.
 */
const HIDDEN = new RegExp(
  "(\\u{1f3f4}[\\u{e0030}-\\u{e0039}\\u{e0061}-\\u{e007a}]{1,6}\\u{e007f}" +
    "|\\u2068[^\\u0000-\\u001f\\u007f-\\u009f\\u202a-\\u202e\\u2066-\\u206f\\ufff9-\\ufffb\\u{e0000}-\\u{e007f}]*\\u2069)" +
    "|[\\u0000-\\u0008\\u000e-\\u001f\\u007f-\\u0084\\u0086-\\u009f\\u202a-\\u202e\\u2066-\\u206f\\ufff9-\\ufffb" +
    "\\u{e0000}-\\u{e007f}]",
  "gu",
);

/** Replaces every such character by its code point in brackets, such as `[U+202E]`. */
export function visible(text: string): string {
  return text.replace(HIDDEN, (found, kept?: string) => kept ?? `[U+${codeOf(found)}]`);
}

/**
 * Makes hidden characters visible wherever a component renders a text, a label or a hint, and lets each element that
 * directly contains words of a right-to-left script, and each field for words, take its direction from them.
 */
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
  direct(vnode.type, vnode.props as { dir?: string; type?: string; children?: unknown });
  const props = vnode.props as Partial<Record<(typeof SHOWN_ATTRIBUTES)[number], unknown>>;
  for (const name of SHOWN_ATTRIBUTES) {
    const value = props[name];
    if (typeof value === "string") props[name] = visible(value);
  }
}

/** Types of fields for words. */
const WORD_FIELDS: readonly unknown[] = [undefined, "text", "search"];
/** They are isolated by the style sheet, or take part in the order of the text around them. */
const INLINE = new Set("a b bdi code del em i ins kbd mark option span strong text time tspan".split(" "));

function direct(type: string, props: { dir?: string; type?: string; children?: unknown }): void {
  if (props.dir !== undefined || INLINE.has(type)) return;
  const isField = type === "textarea" || (type === "input" && WORD_FIELDS.includes(props.type));
  const texts = Array.isArray(props.children) ? props.children : [props.children];
  if (isField || texts.some((text) => typeof text === "string" && hasRightToLeft(text))) props.dir = "auto";
}

function codeOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}
