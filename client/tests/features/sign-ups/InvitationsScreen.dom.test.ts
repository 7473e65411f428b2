import { h } from "preact";
import { afterEach, expect, test, vi } from "vitest";
import { InvitationList } from "../../../src/features/sign-ups/InvitationsScreen";
import type { Invitation } from "../../../src/platform/api/types";
import { answerWith, json, type Sent } from "../../support/fake-fetch";
import { button, click, mount, rendered } from "../../support/mount";

const INVITATION: Invitation = {
  id: "i1",
  made_by: "mod",
  made_at: "2026-03-01T12:00:00Z",
  expires_at: "2026-03-08T12:00:00Z",
  most_uses: 5,
  uses: 2,
};
let shown: ReturnType<typeof mount>;

afterEach(() => {
  shown.unmount();
  vi.unstubAllGlobals();
});

async function open(...answers: Response[]): Promise<Sent[]> {
  const sent = answerWith(...answers);
  shown = mount(h(InvitationList, {}));
  await rendered();
  return sent;
}

test("a new invitation is shown once, as a link with the code behind #", async () => {
  const made = { code: "c0de", link: "/sign-up#invitation=c0de", invitation: INVITATION };
  const listed = json({ items: [INVITATION], may_invite: true });
  await open(json({ items: [], may_invite: true }), json(made, 201), listed);
  await click(button(shown.page, "Make an invitation"));
  await rendered();
  expect(shown.page.querySelector("code")?.textContent).toBe(
    `${window.location.origin}/sign-up#invitation=c0de`,
  );
  expect(shown.page.textContent).toContain("Used by 2 of 5");
});

test("an invitation is revoked", async () => {
  const sent = await open(
    json({ items: [INVITATION], may_invite: false }),
    new Response(null, { status: 204 }),
    json({ items: [], may_invite: false }),
  );
  expect(shown.page.textContent).toContain("You cannot invite people on this site");
  await click([...shown.page.querySelectorAll("button")][0] as HTMLButtonElement);
  expect(sent.map(({ init, url }) => `${init.method} ${url}`)).toContain("DELETE /v1/invitations/i1");
});
