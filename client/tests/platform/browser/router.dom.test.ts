import { afterEach, beforeEach, expect, test } from "vitest";
import { safeReturnPath } from "../../../src/features/accounts/SignInScreen";
import { connectRouter, match, navigate, route } from "../../../src/platform/browser/router";

let disconnect = () => {};
beforeEach(() => {
  document.body.replaceChildren();
  navigate("/", true);
  disconnect = connectRouter();
});
afterEach(() => disconnect());

function click(href: string, init: MouseEventInit = {}): Event {
  const link = document.createElement("a");
  link.href = href;
  document.body.append(link);
  const event = new MouseEvent("click", { bubbles: true, cancelable: true, button: 0, ...init });
  link.dispatchEvent(event);
  return event;
}

test("a pattern extracts the named parts of a path", () => {
  expect(match("/p/:id/timeline", "/p/7/timeline")).toEqual({ id: "7" });
  expect(match("/c/:name", "/c/caf%C3%A9/")).toEqual({ name: "café" });
  expect(match("/", "/")).toEqual({});
});

test("a pattern does not match a longer, shorter or different path", () => {
  expect(match("/p/:id", "/p/7/edit")).toBeNull();
  expect(match("/p/:id", "/p")).toBeNull();
  expect(match("/write", "/mine")).toBeNull();
});

test("a broken escape in a path is not an error", () => {
  expect(match("/c/:name", "/c/%E0%A4%A")).toEqual({ name: "%E0%A4%A" });
});

test("an internal link navigates without a page load", () => {
  const event = click("/search?q=walk");
  expect(event.defaultPrevented).toBe(true);
  expect(route.value.path).toBe("/search");
  expect(route.value.query.get("q")).toBe("walk");
});

test("external links and clicks with a modifier are left to the browser", () => {
  expect(click("https://example.org/").defaultPrevented).toBe(false);
  expect(click("/mine", { ctrlKey: true }).defaultPrevented).toBe(false);
  expect(click("/mine", { button: 1 }).defaultPrevented).toBe(false);
});

test("a disconnected router ignores links", () => {
  disconnect();
  expect(click("/mine").defaultPrevented).toBe(false);
});

test("signing in returns to a path of this site only", () => {
  expect(safeReturnPath("/write?community=diy")).toBe("/write?community=diy");
  for (const foreign of [
    null,
    "",
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
  ]) {
    expect(safeReturnPath(foreign)).toBe("/");
  }
});
