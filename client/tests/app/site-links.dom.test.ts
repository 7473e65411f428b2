import { h, options } from "preact";
import { afterEach, expect, test } from "vitest";
import { connectSiteLinks } from "../../src/app/site-links";
import { mount } from "../support/mount";

const before = options.vnode;
afterEach(() => {
  if (before) options.vnode = before;
  else delete options.vnode;
});

function hrefOf(href: string): string | null {
  return (
    mount(h("p", null, h("a", { href })))
      .page.querySelector("a")
      ?.getAttribute("href") ?? null
  );
}

test("links of components lead below the site's path", () => {
  connectSiteLinks("/forum");
  expect(hrefOf("/write")).toBe("/forum/write");
  expect(hrefOf("https://example.org/")).toBe("https://example.org/");
  expect(hrefOf("#main")).toBe("#main");
});

test("links of a site at the root stay as they are", () => {
  connectSiteLinks("");
  expect(hrefOf("/write")).toBe("/write");
});
