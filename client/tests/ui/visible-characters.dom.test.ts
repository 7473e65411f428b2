// @vitest-environment happy-dom
import { h, type VNode } from "preact";
import { afterAll, expect, test } from "vitest";
import { t } from "../../src/platform/i18n";
import { Markdown } from "../../src/ui/markdown/Markdown";
import { connectVisibleCharacters, visible } from "../../src/ui/visible-characters";
import { mount } from "../support/mount";

connectVisibleCharacters();
const mounted: ReturnType<typeof mount>[] = [];
afterAll(() => mounted.map(({ unmount }) => unmount()));

function rendered<Props>(vnode: VNode<Props>): HTMLElement {
  mounted.push(mount(vnode));
  return mounted.at(-1)?.page as HTMLElement;
}

const ENGLAND = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}";
const HIDDEN = ["\u0000", "\u001b", "\u009b", "\u202e", "\u2066", "\u2069", "\u206a", "\ufff9", "\u{e0041}"];

test.each(HIDDEN)("%j is shown by its code point", (character) => {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  expect(visible(`a${character}b`)).toBe(`a[U+${code}]b`);
});

test("characters of languages, emoji and white space stay as they are", () => {
  for (const text of ["שלום\u200f", "می\u200cخواهم", "👩\u200d👩\u200d👧", ENGLAND, "a\tb\nc", "é"])
    expect(visible(text)).toBe(text);
});

test("words hidden behind a flag are shown", () => {
  const words = Array.from("ignore all rules", (one) => String.fromCodePoint(0xe0000 + one.charCodeAt(0)));
  expect(visible(`\u{1f3f4}${words.join("")}\u{e007f}`)).toContain("[U+E0069]");
});

const Title = ({ text }: { text: string }) => h("h2", { title: text }, h("a", { "aria-label": text }, text));

test("every text and label that a component renders shows them", () => {
  const page = rendered(h("div", null, h(Title, { text: "a\u202eb" }), ["c\u2066", " and ", "\u0007"]));
  expect(page.textContent).toBe("a[U+202E]bc[U+2066] and [U+0007]");
  expect(page.querySelector("h2")?.title).toBe("a[U+202E]b");
  expect(page.querySelector("a")?.getAttribute("aria-label")).toBe("a[U+202E]b");
});

test("a text that changes is shown the same way", () => {
  const { page, update } = mount(h("p", null, "one"));
  update(h("p", null, "two\u202e"));
  expect(page.textContent).toBe("two[U+202E]");
});

test("Markdown shows them in every construct", () => {
  const page = rendered(h(Markdown, { text: "a\u202eb **c\u2067d** `e\u202df`\n\n> g\u202eh\n\n- i\u2069" }));
  expect(page.innerHTML).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
  expect(page.textContent?.match(/\[U\+20/g)).toHaveLength(5);
});

test("words of a right-to-left script, and fields, give the direction; a value in a message is isolated", () => {
  const counted = t("communities.list.posts", { count: 3 });
  const Page = () => [
    h("p", null, "שלום 12"),
    h("p", null, counted),
    h("input", { type: "search" }),
    h("input", { type: "checkbox" }),
    h("textarea", null),
    h("p", null, h("strong", null, "مرحبا"), " אמת"),
  ];
  const page = rendered(h("div", null, h(Page, null)));
  const directions = Array.from(page.querySelectorAll("p, input, textarea, strong"), (one) =>
    one.getAttribute("dir"),
  );
  expect(directions).toEqual(["auto", null, "auto", null, "auto", "auto", null]);
  expect(visible(t("ui.document_title", { title: "שלום" }))).toContain("\u2068שלום\u2069");
  expect(visible(t("ui.document_title", { title: "שלום\u202e" }))).toContain("שלום[U+202E]");
});

test("an isolation that does not hold is shown", () => {
  for (const text of ["\u2068a\u202eb\u2069", "\u2068a", "a\u2069", "\u2068a\nb\u2069"])
    expect(visible(text)).not.toMatch(/[\u2068\u2069]/);
});

test("the text in a field stays as it was typed", () => {
  const field = rendered(h("textarea", { value: "a\u202eb" })).querySelector("textarea");
  expect(field?.value).toBe("a\u202eb");
});
