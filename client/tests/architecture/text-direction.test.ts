import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const SOURCE = join(import.meta.dirname, "../../src");
/** Fields of the API and of components that hold people's words or names. */
const WORDS = "title|body|handle|guideline|reason|message|community|excerpt|detail|description|rest";
/** An expression that is nothing but such a field, or the field with a replacement. */
const PEOPLES_WORDS = new RegExp(
  `^(?:\\w+(?:\\.value)?\\??\\.)*(?:${WORDS})(?:\\.value)?(?: (?:\\|\\||\\?\\?) .*)?$`,
);

const components = readdirSync(SOURCE, { recursive: true, encoding: "utf-8" })
  .filter((path) => path.endsWith(".tsx"))
  .map((path) => ({ path, text: readFileSync(join(SOURCE, path), "utf-8") }));

interface Tag {
  path: string;
  name: string;
  attributes: string;
  /** The expression that directly follows the tag; empty if something else does. */
  content: string;
}

/** The opening tags of HTML elements. */
function tagsOf({ path, text }: { path: string; text: string }): Tag[] {
  return Array.from(text.matchAll(/<([a-z][a-z0-9]*)(?=[\s/>])/g), (found) => {
    const begin = found.index + found[0].length;
    const end = endOfTag(text, begin);
    const content = /^>\s*\{([^{}]*)\}/.exec(text.slice(end))?.[1] ?? "";
    return { path, name: found[1] ?? "", attributes: text.slice(begin, end), content: content.trim() };
  });
}

function endOfTag(text: string, begin: number): number {
  let depth = 0;
  for (let at = begin; at < text.length; at += 1) {
    if (text[at] === "{") depth += 1;
    if (text[at] === "}") depth -= 1;
    if (text[at] === ">" && depth === 0) return at;
  }
  return text.length;
}

const tags = components.flatMap(tagsOf);
const isDirected = ({ name, attributes }: Tag) => name === "bdi" || /\bdir="auto"/.test(attributes);
const place = ({ path, name, content }: Tag) => `${path}: <${name}> {${content}}`;

test("the components are read", () => {
  expect(tags.filter(({ content }) => PEOPLES_WORDS.test(content)).length).toBeGreaterThan(12);
  expect(tagsOf({ path: "a.tsx", text: '<p class="a" onClick={() => 1}>{post.title || "-"}</p>' })).toEqual([
    { path: "a.tsx", name: "p", attributes: ' class="a" onClick={() => 1}', content: 'post.title || "-"' },
  ]);
});

test("people's words stand in elements that take their direction from them", () => {
  const forgotten = tags.filter((tag) => PEOPLES_WORDS.test(tag.content) && !isDirected(tag));
  expect(forgotten.filter(({ name, attributes }) => !isInTitle(name, attributes)).map(place)).toEqual([]);
});

test("fields for words take their direction from what is typed", () => {
  const fields = tags.filter(
    ({ name, attributes }) =>
      name === "textarea" || (name === "input" && !/type="(checkbox|radio|number|range)"/.test(attributes)),
  );
  expect(fields.length).toBeGreaterThan(8);
  expect(fields.filter((tag) => !isDirected(tag)).map(place)).toEqual([]);
});

/** A link is isolated by the style sheet; the element around it has the direction. */
function isInTitle(name: string, attributes: string): boolean {
  return name === "a" && attributes.includes("href={`/p/");
}
