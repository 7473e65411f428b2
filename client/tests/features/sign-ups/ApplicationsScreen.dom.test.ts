import { h } from "preact";
import { act } from "preact/test-utils";
import { afterEach, expect, test, vi } from "vitest";
import { ApplicationsScreen } from "../../../src/features/sign-ups/ApplicationsScreen";
import type { Application, Me } from "../../../src/platform/api/types";
import { startSession } from "../../../src/platform/state/session";
import { answerWith, json, type Sent } from "../../support/fake-fetch";
import { button, click, mount, rendered } from "../../support/mount";
import { signOutAgain } from "../../support/session";

const WAITING: Application = {
  id: "w1",
  handle: "plum",
  state: "waiting",
  registered_at: "2026-03-01T12:00:00Z",
  reason: "I grow tomatoes.",
  refused_for: null,
  erased_at: null,
};
const REFUSED: Application = {
  ...WAITING,
  id: "r1",
  handle: "pear",
  state: "refused",
  refused_for: "Spam.",
  erased_at: "2026-03-08T12:00:00Z",
};
let shown: ReturnType<typeof mount>;

afterEach(async () => {
  shown.unmount();
  await signOutAgain();
  vi.unstubAllGlobals();
});

async function open(role: string, ...answers: Response[]): Promise<Sent[]> {
  answerWith(json({ items: [{ name: "decide_sign_ups", allowed: true }] }));
  const me: Me = { user: { id: "m1", handle: "mod", roles: ["member", role] }, csrf_token: "secret" };
  await act(async () => startSession(me));
  const sent = answerWith(...answers);
  shown = mount(h(ApplicationsScreen, {}));
  await rendered();
  return sent;
}

const decisions = (sent: Sent[]) =>
  sent
    .filter(({ init }) => init.method === "POST")
    .map(({ url, init }) => [url, JSON.parse(String(init.body))]);

test("moderators see how many wait and why, and approve", async () => {
  const sent = await open(
    "moderator",
    json({ waiting: 1, items: [WAITING, REFUSED] }),
    json({}, 202),
    json({ waiting: 0, items: [REFUSED] }),
  );
  for (const part of ["1 person is waiting", "“I grow tomatoes.”", "Refused: “Spam.”"])
    expect(shown.page.textContent).toContain(part);
  await click(button(shown.page, "Approve plum"));
  await rendered();
  expect(decisions(sent)).toEqual([["/v1/applications/w1/decision", { outcome: "approved" }]]);
  expect(shown.page.textContent).toContain("Nobody is waiting");
});

test("a refusal needs a reason, and a refused person can only be approved after all", async () => {
  const sent = await open(
    "admin",
    json({ waiting: 1, items: [WAITING, REFUSED] }),
    json({}, 202),
    json({ waiting: 0, items: [] }),
  );
  expect(() => button(shown.page, "Refuse pear")).toThrow("no button");
  await click(button(shown.page, "Refuse plum"));
  const reason = shown.page.querySelector<HTMLTextAreaElement>("#field-reason");
  expect(reason?.required).toBe(true);
  expect(document.activeElement).toBe(reason);
  await act(async () => {
    if (reason) reason.value = "An advertisement.";
    reason?.dispatchEvent(new InputEvent("input", { bubbles: true }));
  });
  await click(button(shown.page, "Refuse"));
  expect(decisions(sent)).toEqual([
    ["/v1/applications/w1/decision", { outcome: "refused", reason: "An advertisement." }],
  ]);
});

test("moderators of one community do not decide", async () => {
  const sent = await open("moderator:garden");
  expect(sent).toEqual([]);
  expect(shown.page.querySelector("button")).toBeNull();
});
