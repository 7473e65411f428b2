import { h } from "preact";
import { afterEach, expect, test } from "vitest";
import { Form } from "../../src/ui/Form";
import { mount, rendered } from "../support/mount";

let shown: ReturnType<typeof mount>;

afterEach(() => shown.unmount());

test.each([
  [[{ name: "password", label: "Password" }], "INPUT"],
  [[], "BUTTON"],
])("a form that a button has opened takes the focus", async (fields, focused) => {
  shown = mount(h(Form, { fields, action: "Delete", opened: true, send: async () => {} }));
  await rendered();
  expect(document.activeElement?.tagName).toBe(focused);
});

test("a form that is part of its page leaves the focus where it is", async () => {
  shown = mount(
    h(Form, { fields: [{ name: "handle", label: "Handle" }], action: "Go", send: async () => {} }),
  );
  await rendered();
  expect(document.activeElement).toBe(document.body);
});
