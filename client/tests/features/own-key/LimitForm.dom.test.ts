import { h, render } from "preact";
import { act } from "preact/test-utils";
import { beforeEach, expect, test } from "vitest";
import { LimitForm } from "../../../src/features/own-key/LimitForm";
import { changeSetup, setup } from "../../../src/features/own-key/setup";

let page: HTMLElement;

beforeEach(() => {
  localStorage.clear();
  changeSetup({ inputPrice: null, capTokens: 200_000 });
  page = document.createElement("div");
  act(() => render(h(LimitForm, {}), page));
});

function type(name: string, words: string): HTMLInputElement {
  const field = page.querySelector<HTMLInputElement>(`#field-${name}`);
  if (!field) throw new Error(`no field ${name}`);
  act(() => {
    field.value = words;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  });
  return field;
}

test("a fraction can be typed, sign by sign", () => {
  for (const words of ["0", "0.", "0.1", "0.15"]) expect(type("inputPrice", words).value).toBe(words);
  expect(setup.value.inputPrice).toBe(0.15);
});

test("what is no number changes nothing, and is said", () => {
  type("inputPrice", "2");
  type("inputPrice", "2 cents");
  expect(setup.value.inputPrice).toBe(2);
  expect(page.textContent).toContain("A number, such as 0.25.");
});

test("the limit stands while its field is empty", () => {
  type("capTokens", "");
  expect(setup.value.capTokens).toBe(200_000);
  expect(page.textContent).toContain("There has to be a limit.");
});
