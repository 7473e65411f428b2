import { readFileSync } from "node:fs";
import { h } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ReadersOf } from "../../../src/features/device/Readers";
import { ReadersScreen } from "../../../src/features/device/ReadersScreen";
import { type Judge, judges, policy } from "../../../src/platform/state/active-policy";
import type { PublicView } from "../../../src/policy/public-view";
import { json } from "../../support/fake-fetch";
import { mount } from "../../support/mount";
import { policyVectors } from "../../support/policy-vectors";

const { view } = policyVectors<{ view: PublicView }>("default");
const measured = JSON.parse(readFileSync("../shared/model/artifacts/quality.json", "utf8")) as NonNullable<
  Judge["measured"]
>;
const all = view.categories.map(({ id }) => id);
const rules: Judge = { engine: "rules", categories: all, languages: null, measured: null };
const local: Judge = { engine: "local", categories: all, languages: ["en"], measured };

let page: ReturnType<typeof mount>;

beforeEach(() => {
  policy.value = view;
});
afterEach(() => {
  page.unmount();
  policy.value = null;
  judges.value = [];
  vi.unstubAllGlobals();
});

function show(...found: Judge[]): string {
  judges.value = found;
  page = mount(h(ReadersOf, { view }));
  return page.page.textContent ?? "";
}

test("every category is explained in the policy's words, with the measured errors of the model", () => {
  const text = show(rules, local);
  for (const { title, definition } of view.categories) {
    expect(text).toContain(title);
    expect(text).toContain(definition);
  }
  const found = Math.round(measured.categories.hate?.found ? measured.categories.hate.found * 100 : -1);
  expect(text).toContain(`The model finds about ${found} in 100 such texts`);
  expect(text).toContain(`Of ${measured.ordinary.posts.toLocaleString("en")} ordinary posts`);
});

test("a share of a few texts is no figure", () => {
  const spam = { texts: 29, found: 1, ordinary_held: 0.003 };
  const text = show(rules, { ...local, measured: { ...measured, categories: { spam } } });
  expect(text).toContain("There were too few such texts");
  expect(text).toContain("It holds 30 in 10,000 ordinary posts by mistake.");
  expect(text).not.toContain("such texts while");
});

test("languages are named, and a provider too", () => {
  const text = show(rules, local, { ...rules, engine: "openai", categories: ["spam"] });
  expect(text).toContain("It was made for English.");
  expect(text).toContain("The server sends your text to an AI provider");
  expect(text).toContain("It judges: Spam.");
});

test("without figures it says that nobody has measured", () => {
  const text = show(rules, { ...local, measured: null });
  expect(text).toContain("Nobody has measured the model");
  expect(text).not.toContain("in 100");
});

test("the screen explains what is read and where to say no also while there is no policy", () => {
  policy.value = null;
  vi.stubGlobal("fetch", () => Promise.resolve(json({ code: "no_policy" }, 503)));
  act(() => {
    page = mount(h(ReadersScreen, {}));
  });
  expect(page.page.querySelector("h1")?.textContent).toBe("What looks at my text");
  expect(page.page.querySelector('a[href="/device"]')).not.toBeNull();
});
