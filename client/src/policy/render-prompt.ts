import type { PublicView } from "./public-view";

export type PromptName = keyof PublicView["prompts"];

/** A rendered prompt: a system message and a user message. */
export interface Prompt {
  system: string;
  user: string;
}

/** The values of a prompt's placeholders; absent ones are empty. */
export type PromptValues = Partial<Record<"guideline" | "title" | "body" | "passage" | "reason", string>>;

/** Renders a prompt of the policy, byte for byte as `render` of `shared/policy/prompts.py` does. */
export function renderPrompt(
  view: Pick<PublicView, "prompts" | "categories">,
  name: PromptName,
  values: PromptValues,
): Prompt {
  const categories = view.categories.map(({ id, definition }) => ({ id, definition }));
  const scope = { ...values, categories };
  const { system, user } = view.prompts[name];
  return { system: renderTemplate(system, scope), user: renderTemplate(user, scope) };
}

/** Scope of a template in a subset of logic-less Mustache, the same as in `shared/policy/mustache.py`. */

export type Scope = Readonly<Record<string, string | readonly Readonly<Record<string, string>>[]>>;

type Node =
  | { kind: "text" | "escaped" | "raw"; word: string }
  | { kind: "#" | "^"; word: string; inner: Node[] };

const TAG = /\{\{\{([a-z_]+)\}\}\}|\{\{([#^/]?)([a-z_]+)\}\}/g;
const ALONE = /^[ \t]*(\{\{[#^/][a-z_]+\}\})[ \t]*$/;
// Each level may repeat what it contains for every category.
const MAX_DEPTH = 3;
const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Thrown for a template outside the supported subset. Policies are checked for this before they are signed. */
export class TemplateError extends Error {}

/** Renders a template; values that the scope lacks are empty. */
export function renderTemplate(template: string, scope: Scope): string {
  return renderNodes(parse(template), [scope]);
}

function parse(template: string): Node[] {
  const source = withoutStandaloneLines(template);
  const top: Node[] = [];
  const open: { kind: "#" | "^"; word: string; inner: Node[] }[] = [];
  const into = () => open.at(-1)?.inner ?? top;
  let position = 0;
  for (const tag of source.matchAll(TAG)) {
    addText(into(), source.slice(position, tag.index));
    position = tag.index + tag[0].length;
    const [, raw, mark, name = ""] = tag;
    if (mark === "#" || mark === "^") {
      if (open.length === MAX_DEPTH) throw new TemplateError(`more than ${MAX_DEPTH} sections in each other`);
      open.push({ kind: mark, word: name, inner: [] });
    } else if (mark === "/") {
      const closed = open.pop();
      if (closed?.word !== name) throw new TemplateError(`${tag[0]} closes a section that is not open`);
      into().push(closed);
    } else into().push(raw ? { kind: "raw", word: raw } : { kind: "escaped", word: name });
  }
  addText(into(), source.slice(position));
  if (open.length > 0) throw new TemplateError(`the section ${open.at(-1)?.word} is not closed`);
  return top;
}

/** Removes the line break after a section tag that is alone on its line. */
function withoutStandaloneLines(template: string): string {
  const lines = template.split("\n");
  const last = lines.length - 1;
  return lines.map((line, i) => ALONE.exec(line)?.[1] ?? (i < last ? `${line}\n` : line)).join("");
}

function addText(nodes: Node[], text: string): void {
  if (text.includes("{{") || text.includes("}}")) throw new TemplateError("unsupported tag");
  if (text) nodes.push({ kind: "text", word: text });
}

function renderNodes(nodes: readonly Node[], scopes: readonly Scope[]): string {
  return nodes.map((node) => renderNode(node, scopes)).join("");
}

function renderNode(node: Node, scopes: readonly Scope[]): string {
  if (node.kind === "text") return node.word;
  const value = scopes.findLast((scope) => Object.hasOwn(scope, node.word))?.[node.word] ?? "";
  if (node.kind === "^") return value.length > 0 ? "" : renderNodes(node.inner, scopes);
  if (node.kind === "#") {
    const items: readonly Scope[] = typeof value === "string" ? (value ? [{}] : []) : value;
    return items.map((item) => renderNodes(node.inner, [...scopes, item])).join("");
  }
  if (typeof value !== "string") return "";
  return node.kind === "raw" ? value : value.replace(/[&<>"]/g, (char) => ESCAPES[char] ?? char);
}
