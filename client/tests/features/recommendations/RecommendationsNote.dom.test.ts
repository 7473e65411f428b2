import { h } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NotInterestedPanel } from "../../../src/features/recommendations/NotInterestedPanel";
import { RecommendationsNote } from "../../../src/features/recommendations/RecommendationsNote";
import { notices } from "../../../src/platform/state/notices";
import { endSession, startSession } from "../../../src/platform/state/session";
import { answerWith, json } from "../../support/fake-fetch";
import { button, click, mount, rendered } from "../../support/mount";

const user = { id: "u1", handle: "plum", roles: ["member"] };
const voted = { kind: "voted", post_id: "p1", title: "Clay soil", communities: [] };
const recommended = {
  communities: [{ name: "compost", title: "Compost", score: 0.6, reason: voted }],
  people: [
    { handle: "ben", score: 0.5, reason: { ...voted, communities: ["garden", "tools"] } },
    { handle: "eve", score: 0, reason: { kind: "popular", post_id: null, title: "", communities: [] } },
  ],
};

async function signIn(...names: string[]): Promise<void> {
  answerWith(json({ items: names.map((name) => ({ name, allowed: true })) }));
  await act(async () => startSession({ user, csrf_token: "secret" }));
}

beforeEach(async () => signIn("see_recommendations", "change_interests", "see_interests"));

afterEach(async () => {
  answerWith(json({ items: [] }));
  await act(async () => endSession());
  vi.unstubAllGlobals();
  notices.value = [];
});

test("each recommendation says in words why it is there", async () => {
  answerWith(json(recommended));
  const { page, unmount } = mount(h(RecommendationsNote, {}));
  await rendered();
  const [compost, ben, eve] = Array.from(page.querySelectorAll("li"));
  expect(compost?.textContent).toContain("Because you voted for Clay soil.");
  expect(compost?.querySelector("a")?.getAttribute("href")).toBe("/c/compost");
  expect(compost?.querySelector(".inline-link")?.getAttribute("href")).toBe("/p/p1");
  expect(ben?.textContent).toContain("Writes in garden and tools, where you vote.");
  expect(ben?.querySelector("a")?.getAttribute("href")).toBe("/u/ben");
  expect(eve?.textContent).toContain("Popular now.");
  unmount();
});

test("a no is sent, keeps the focus, and can be taken back", async () => {
  const sent = answerWith(
    json(recommended),
    new Response(null, { status: 204 }),
    new Response(null, { status: 204 }),
  );
  const { page, unmount } = mount(h(RecommendationsNote, {}));
  await rendered();
  const no = button(page, "Not interested in Compost");
  no.focus();
  await click(no);
  expect(page.querySelector('a[href="/c/compost"]')).toBeNull();
  expect(document.activeElement).toBe(button(page, "Be interested in Compost again"));
  expect(notices.value.at(-1)?.title).toContain("Compost no longer appears");
  await click(button(page, "Be interested in Compost again"));
  expect(page.querySelector('a[href="/c/compost"]')).not.toBeNull();
  expect(sent.slice(1).map(({ url, init }) => [init.method, url])).toEqual([
    ["PUT", "/v1/me/not-interested/community/compost"],
    ["DELETE", "/v1/me/not-interested/community/compost"],
  ]);
  unmount();
});

test("a no that fails changes nothing and says so", async () => {
  answerWith(json(recommended), new TypeError("no network"));
  const { page, unmount } = mount(h(RecommendationsNote, {}));
  await rendered();
  await click(button(page, "Not interested in @ben"));
  expect(button(page, "Not interested in @ben")).toBeTruthy();
  expect(notices.value.at(-1)?.tone).toBe("problem");
  unmount();
});

test("without recommendations, without an answer and for visitors there is nothing", async () => {
  for (const answer of [json({ communities: [], people: [] }), json({ code: "x" }, 503)]) {
    answerWith(answer);
    const { page, unmount } = mount(h(RecommendationsNote, {}));
    await rendered();
    expect(page.textContent).toBe("");
    unmount();
  }
  await signIn();
  const sent = answerWith();
  const { page, unmount } = mount(h(RecommendationsNote, {}));
  await rendered();
  expect([page.textContent, sent.length]).toEqual(["", 0]);
  unmount();
});

test("the list of refusals takes them back", async () => {
  const since = "2026-01-02T03:04:05Z";
  const lists = { communities: [{ name: "loud", title: "", since }], people: [{ handle: "ben", since }] };
  const sent = answerWith(json(lists), new Response(null, { status: 204 }));
  const { page, unmount } = mount(h(NotInterestedPanel, {}));
  await rendered();
  await click(button(page, "Be interested in @ben again"));
  expect(button(page, "Not interested in @ben")).toBeTruthy();
  expect([sent[1]?.init.method, sent[1]?.url]).toEqual(["DELETE", "/v1/me/not-interested/person/ben"]);
  expect(page.textContent).toContain("loud");
  unmount();
});
