import { expect, test } from "vitest";

test("a document exists for the tests to render into", () => {
  expect(document.body).toBeInstanceOf(HTMLElement);
});
