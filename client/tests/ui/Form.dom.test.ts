import { h } from "preact";
import { afterEach, expect, test } from "vitest";
import { type FieldSpec, Form } from "../../src/ui/Form";
import { mount } from "../support/mount";

afterEach(() => {
  document.body.replaceChildren();
});

test("a secret is masked, may be pasted, and tells a password manager what it is", () => {
  const fields: FieldSpec[] = [
    { name: "handle", label: "Handle", autocomplete: "username" },
    { name: "password", label: "Password", secret: true, autocomplete: "current-password" },
  ];
  const { page } = mount(h(Form, { fields, action: "Sign in", send: async () => {} }));
  const inputs = [...page.querySelectorAll("input")];
  expect(inputs.map(({ type, autocomplete }) => [type, autocomplete])).toEqual([
    ["text", "username"],
    ["password", "current-password"],
  ]);
  for (const input of inputs) {
    const paste = new Event("paste", { bubbles: true, cancelable: true });
    input.dispatchEvent(paste);
    expect(paste.defaultPrevented).toBe(false);
    expect(input.maxLength).toBe(-1);
  }
});
