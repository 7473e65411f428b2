import { h } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { policy } from "../../src/platform/state/active-policy";
import type { Helpline, PublicView } from "../../src/policy/public-view";
import { countriesOf, HelpNote, helplinesFor, offersHelp } from "../../src/ui/HelpNote";
import { answerWith, json } from "../support/fake-fetch";
import { mount } from "../support/mount";
import { policyVectors } from "../support/policy-vectors";

const { view } = policyVectors<{ view: PublicView }>("default");
const helplines = view.helplines ?? [];
const names = (found: readonly Helpline[]) => found.map(({ name }) => name);

beforeEach(() => {
  answerWith(json({ code: "no_policy" }, 404));
});
afterEach(() => {
  vi.unstubAllGlobals();
  act(() => {
    policy.value = null;
  });
});

test("a language with a country names it, and a language of one country most likely means it", () => {
  expect(countriesOf(["en-GB", "de", "en", "not a language"])).toEqual(["GB", "DE"]);
});

test("helplines of the reader's country come first, and one for everywhere is always there", () => {
  expect(names(helplinesFor(helplines, ["US"]))).toEqual([
    "988 Suicide & Crisis Lifeline",
    "Find A Helpline",
  ]);
  expect(names(helplinesFor(helplines, ["GB"]))[0]).toBe("Samaritans");
  expect(names(helplinesFor(helplines, ["JP"]))).toEqual(["Find A Helpline"]);
});

test("numbers can be dialled, and the note says that nobody else sees it", () => {
  vi.spyOn(navigator, "languages", "get").mockReturnValue(["en-IE"]);
  policy.value = view;
  const { page, unmount } = mount(h(HelpNote, {}));
  expect(page.querySelector('a[href="tel:116123"]')?.textContent).toBe("116 123");
  expect(page.textContent).toContain("Only you see this.");
  unmount();
});

test("without a table there is no empty note", () => {
  policy.value = { ...view, helplines: [] };
  const { page, unmount } = mount(h(HelpNote, {}));
  expect(page.textContent).toBe("");
  unmount();
});

test("help belongs to reasons about self-harm only", () => {
  expect(
    ["self_harm", "self_harm_encouragement", "violence"].map((category) => offersHelp({ category })),
  ).toEqual([true, true, false]);
});
