import type { PublicView } from "./public-view";

export type PromptName = keyof PublicView["prompts"];

/** A rendered prompt, ready to be sent as a system and a user message. */
export interface Prompt {
  system: string;
  user: string;
}

/** What a prompt may speak of; what is absent is empty. */
export type PromptValues = Partial<Record<"guideline" | "title" | "body" | "passage" | "reason", string>>;

/** The prompt of a policy with these values: the same bytes as `render` of `shared/policy/prompts.py`. */
export function render(
  view: Pick<PublicView, "prompts" | "categories">,
  name: PromptName,
  values: PromptValues,
): Prompt {
  const categories = view.categories.map(({ id, definition }) => ({ id, definition }));
  const scope = { ...values, categories };
  const { system, user } = view.prompts[name];
  return { system: renderTemplate(system, scope), user: renderTemplate(user, scope) };
}

/** Logic-less Mustache, the part that prompts need: the same bytes as `shared/policy/template.py`, piece by piece. */

export type Scope = Readonly<Record<string, string | readonly Readonly<Record<string, string>>[]>>;

type Node =
  | { kind: "text" | "escaped" | "raw"; word: string }
  | { kind: "#" | "^"; word: string; inner: Node[] };

const TAG = /\{\{\{([a-z_]+)\}\}\}|\{\{([#^/]?)([a-z_]+)\}\}/g;
const ALONE = /^[ \t]*(\{\{[#^/][a-z_]+\}\})[ \t]*$/;
const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Thrown for a template outside the part that is spoken here. Policies are checked before they are signed. */
export class TemplateError extends Error {}

/** The template with its values; what the scope does not have is empty. */
export function renderTemplate(template: string, scope: Scope): string {
  return written(parse(template), [scope]);
}

function parse(template: string): Node[] {
  const source = withoutLonelyLines(template);
  const top: Node[] = [];
  const open: { kind: "#" | "^"; word: string; inner: Node[] }[] = [];
  const into = () => open.at(-1)?.inner ?? top;
  let position = 0;
  for (const tag of source.matchAll(TAG)) {
    addText(into(), source.slice(position, tag.index));
    position = tag.index + tag[0].length;
    const [, raw, mark, name = ""] = tag;
    if (mark === "#" || mark === "^") open.push({ kind: mark, word: name, inner: [] });
    else if (mark === "/") {
      const closed = open.pop();
      if (closed?.word !== name) throw new TemplateError(`${tag[0]} closes what is not open`);
      into().push(closed);
    } else into().push(raw ? { kind: "raw", word: raw } : { kind: "escaped", word: name });
  }
  addText(into(), source.slice(position));
  if (open.length > 0) throw new TemplateError(`the section ${open.at(-1)?.word} is not closed`);
  return top;
}

/** A section's tag alone on its line takes the line with it. */
function withoutLonelyLines(template: string): string {
  const lines = template.split("\n");
  const last = lines.length - 1;
  return lines.map((line, i) => ALONE.exec(line)?.[1] ?? (i < last ? `${line}\n` : line)).join("");
}

function addText(nodes: Node[], text: string): void {
  if (text.includes("{{") || text.includes("}}")) throw new TemplateError("a tag that is not spoken here");
  if (text) nodes.push({ kind: "text", word: text });
}

function written(nodes: readonly Node[], scopes: readonly Scope[]): string {
  return nodes.map((node) => writtenNode(node, scopes)).join("");
}

function writtenNode(node: Node, scopes: readonly Scope[]): string {
  if (node.kind === "text") return node.word;
  const value = scopes.findLast((scope) => Object.hasOwn(scope, node.word))?.[node.word] ?? "";
  if (node.kind === "^") return value.length > 0 ? "" : written(node.inner, scopes);
  if (node.kind === "#") {
    const items: readonly Scope[] = typeof value === "string" ? (value ? [{}] : []) : value;
    return items.map((item) => written(node.inner, [...scopes, item])).join("");
  }
  if (typeof value !== "string") return "";
  return node.kind === "raw" ? value : value.replace(/[&<>"]/g, (char) => ESCAPES[char] ?? char);
}
