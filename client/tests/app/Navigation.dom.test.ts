import { h } from "preact";
import { act } from "preact/test-utils";
import { afterEach, expect, test, vi } from "vitest";
import { Rail } from "../../src/app/Navigation";
import type { Me } from "../../src/platform/api/types";
import { startSession } from "../../src/platform/state/session";
import { answerWith, json } from "../support/fake-fetch";
import { mount } from "../support/mount";
import { signOutAgain } from "../support/session";

let shown: ReturnType<typeof mount>;

afterEach(async () => {
  shown.unmount();
  await signOutAgain();
  vi.unstubAllGlobals();
});

/** Shows the navigation of a user with these roles and capabilities; returns the addresses of its links. */
async function linksOf(roles: string[], capabilities: string[], may_invite = false): Promise<string[]> {
  answerWith(json({ items: capabilities.map((name) => ({ name, allowed: true })) }));
  const me: Me = { user: { id: "u1", handle: "plum", roles }, csrf_token: "secret", may_invite };
  await act(async () => startSession(me));
  shown = mount(h(Rail, {}));
  return [...shown.page.querySelectorAll("a")].map((link) => link.getAttribute("href") ?? "");
}

const FOR_RANKS = ["/review", "/applications", "/drift", "/invitations", "/roles", "/audit"];
const OF_MODERATORS = ["review_posts", "decide_sign_ups", "see_drift", "invite_people"];

test.each([
  ["a member", ["member"], ["invite_people"], false, []],
  ["a member who may invite", ["member"], ["invite_people"], true, ["/invitations"]],
  ["a moderator of one community", ["moderator:garden"], OF_MODERATORS, false, ["/review", "/drift"]],
  ["a moderator", ["moderator"], OF_MODERATORS, true, ["/review", "/applications", "/drift", "/invitations"]],
  ["an administrator", ["admin"], [...OF_MODERATORS, "manage_roles", "see_audit"], true, FOR_RANKS],
])(
  "%s finds the pages of their rank in the navigation",
  async (_, roles, capabilities, invites, expected) => {
    const links = await linksOf(roles, capabilities, invites);
    expect(FOR_RANKS.filter((page) => links.includes(page))).toEqual(expected);
  },
);
