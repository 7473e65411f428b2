// @vitest-environment happy-dom
import { h } from "preact";
import { expect, test } from "vitest";
import { readAddress } from "../../../src/platform/browser/web-address";
import { Markdown } from "../../../src/ui/markdown/Markdown";
import { parseInline } from "../../../src/ui/markdown/parse-inline";
import { mount } from "../../support/mount";

const links = (line: string) => parseInline(line).flatMap((run) => (run.kind === "link" ? [run] : []));

/** Labels that name, or seem to name, another host than evil.test. */
const MISLEADING = [
  "bank.example",
  "https://bank.example/login",
  "www.bank.example",
  "Log in at bank.example now",
  "BANK.EXAMPLE",
  "bank.example.evil.test",
  "evil.test@bank.example",
  "bank\u3002example",
  "bank\uff0eexample",
  "bank . example",
  "ba\u200bnk.exa\u00admple",
  "ｂａｎｋ.ｅｘａｍｐｌｅ",
  "bаnk.example",
  "пример.рф",
  "127.0.0.1",
  "https:/bank.example",
  "//bank",
  "mail@bank.example",
  "*bank*.example",
  "evil.test and bank.example",
];

test.each(MISLEADING)("the label %j is followed by the host that the link leads to", (label) => {
  expect(links(`See [${label}](https://evil.test/x) there`)[0]?.host).toBe("evil.test");
});

test.each([
  "the bank",
  "evil.test",
  "https://www.evil.test/y.html",
  "EVIL.TEST",
  "Nice text, isn't it?",
  "a",
])("the label %j needs no host", (label) =>
  expect(links(`See [${label}](https://evil.test/x).`)[0]?.host).toBe(""),
);

test.each([
  "bank.[example](https://evil.test/x)",
  "https://[bank](https://evil.test/x)",
  "[bank](https://evil.test/x).example",
  "user@[bank](https://evil.test/x)",
  "[bank.](https://evil.test/x)[example](https://evil.test/y)",
  "**bank.**[example](https://evil.test/x)",
])(
  "the link in %j reads as one address with its neighbours, so its host is shown or it is no link",
  (line) => {
    for (const { host } of links(line)) expect(host).toBe("evil.test");
  },
);

test.each([
  ["https://bank.example@evil.test/a", "evil.test/a", "https://evil.test/a"],
  ["https://bank.example:pw@evil.test", "evil.test", "https://evil.test/"],
  ["https://bank.example%2f@evil.test", "evil.test", "https://evil.test/"],
  ["http://2130706433/x", "127.0.0.1/x", "http://2130706433/x"],
  ["https://%65vil.test", "evil.test", "https://%65vil.test"],
  ["https://EVIL.test/A", "evil.test/A", "https://EVIL.test/A"],
  ["https://www.evil.test:8443/", "evil.test:8443/", "https://www.evil.test:8443/"],
])("%s is shown as %s", (written, text, href) => {
  expect(readAddress(written)).toMatchObject({ text, href });
});

test.each([
  "https://bücher.example",
  "https://пример.рф/a",
  "https://例え.jp",
  "https://한국.kr",
  "https://דוגמה.example",
])("the host of %s is in one script and shown as it is written", (written) => {
  const host = written.split("/")[2];
  expect(readAddress(written)).toMatchObject({ shownHost: host, href: written });
  expect(readAddress(written)?.text.startsWith(host ?? "?")).toBe(true);
});

/** Scripts mixed, a word of look-alikes only, a Latin look-alike, an accent on nothing, and a host in Punycode. */
const CONFUSABLE = [
  "https://bаnk.example",
  "https://рауре.example",
  "https://gооgle.com",
  "https://αpple.com",
  "https://ɡoogle.com",
  "https://example.com\u0338.evil.test",
  "https://xn--bnk-6cd.example",
];

test.each(CONFUSABLE)("the host of %j is shown in Punycode", (written) => {
  const { host } = new URL(written);
  expect(host).toContain("xn--");
  expect(readAddress(written)?.shownHost).toBe(host);
  expect(readAddress(written)?.text).toBe(host);
});

test.each([
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  "data:text/html,x",
  "//evil.test",
  "https://",
  "http://[",
  "file:///etc/passwd",
  "https:evil.test",
  "\u0001javascript:alert(1)",
])("%j is no address", (written) => {
  expect(readAddress(written)).toBeNull();
  expect(links(`[x](${written})`)).toEqual([]);
});

test("the page shows the host inside the link", () => {
  const { page, unmount } = mount(h(Markdown, { text: "[bank.example](https://evil.test/x)" }));
  expect(page.querySelector("a")?.textContent).toBe("bank.example (evil.test)");
  expect(page.querySelector("a")?.getAttribute("href")).toBe("https://evil.test/x");
  unmount();
});
