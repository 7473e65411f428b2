import { h, render } from "preact";
import { act } from "preact/test-utils";
import { beforeEach, expect, test } from "vitest";
import { LimitForm } from "../../../src/features/own-key/LimitForm";
import { changeSetup, setup } from "../../../src/features/own-key/provider-setup";

let page: HTMLElement;

beforeEach(() => {
  localStorage.clear();
  changeSetup({ inputPrice: null, capTokens: 200_000 });
  page = document.createElement("div");
  act(() => render(h(LimitForm, {}), page));
});

function type(name: string, text: string): HTMLInputElement {
  const field = page.querySelector<HTMLInputElement>(`#field-${name}`);
  if (!field) throw new Error(`no field ${name}`);
  act(() => {
    field.value = text;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  });
  return field;
}

test("a fraction can be typed character by character", () => {
  for (const text of ["0", "0.", "0.1", "0.15"]) expect(type("inputPrice", text).value).toBe(text);
  expect(setup.value.inputPrice).toBe(0.15);
});

test("an invalid number is reported and changes nothing", () => {
  type("inputPrice", "2");
  type("inputPrice", "2 cents");
  expect(setup.value.inputPrice).toBe(2);
  expect(page.textContent).toContain("Enter a number, such as 0.25.");
});

test("the limit stays in force while its field is empty", () => {
  type("capTokens", "");
  expect(setup.value.capTokens).toBe(200_000);
  expect(page.textContent).toContain("Enter a limit.");
});
