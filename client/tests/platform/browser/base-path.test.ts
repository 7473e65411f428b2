import { expect, test } from "vitest";
import { basePathOf, hostPath, sitePath } from "../../../src/platform/browser/base-path";

test("a script tells below which path the site is served", () => {
  expect(basePathOf("https://example.org/assets/index-1.js")).toBe("");
  expect(basePathOf("https://example.org/forum/assets/index-1.js")).toBe("/forum");
  expect(basePathOf("https://example.org/a/assets/b/assets/index-1.js")).toBe("/a/assets/b");
});

test("a path of the site becomes a path of the host and back", () => {
  expect(hostPath("/write?to=/me", "/forum")).toBe("/forum/write?to=/me");
  expect(sitePath("/forum/write", "/forum")).toBe("/write");
  expect(sitePath("/forum", "/forum")).toBe("/");
  expect(sitePath("/write", "")).toBe("/write");
});

test("addresses outside of the site stay as they are", () => {
  for (const address of ["https://example.org/x", "//example.org", "#main", "mailto:a@example.org"])
    expect(hostPath(address, "/forum")).toBe(address);
  expect(sitePath("/forums", "/forum")).toBeNull();
  expect(sitePath("/", "/forum")).toBeNull();
});
