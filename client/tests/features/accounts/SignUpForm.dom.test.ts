import { h } from "preact";
import { act } from "preact/test-utils";
import { afterEach, expect, test, vi } from "vitest";
import { SignUpForm } from "../../../src/features/accounts/SignUpForm";
import { answerWith, json, type Sent } from "../../support/fake-fetch";
import { button, click, mount, rendered } from "../../support/mount";
import { signOutAgain } from "../../support/session";

const FIELDS = [
  { name: "handle", label: "Handle" },
  { name: "password", label: "Password", secret: true },
];
const ME = {
  user: { id: "u1", handle: "plum", roles: ["member"] },
  csrf_token: "secret",
  standing: "waiting",
};
let shown: ReturnType<typeof mount>;

afterEach(async () => {
  shown.unmount();
  await signOutAgain();
  vi.unstubAllGlobals();
  history.replaceState(null, "", "/");
});

/** Shows the form of a site with this setting at an address. */
async function open(sign_ups: string, address = "/sign-up"): Promise<Sent[]> {
  history.replaceState(null, "", address);
  const sent = answerWith(json({ sign_ups }), json({}, 201), json(ME, 201), json({ items: [] }));
  shown = mount(h(SignUpForm, { fields: FIELDS, onDone: () => {} }));
  await rendered();
  return sent;
}

async function send(values: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(values)) {
    const field = shown.page.querySelector<HTMLInputElement>(`#field-${name}`);
    if (!field) throw new Error(`no field ${name}`);
    await act(async () => {
      field.value = value;
      field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    });
  }
  await click(button(shown.page, "Create account"));
}

const bodyOf = (sent: Sent[]) =>
  JSON.parse(String(sent.find(({ url }) => url === "/v1/accounts")?.init.body));
const PERSON = { handle: "plum", password: "a long pass phrase" };

test("an open site asks for a handle and a password, and ignores an old invitation", async () => {
  const sent = await open("open");
  expect(shown.page.querySelectorAll("input, textarea")).toHaveLength(2);
  await send(PERSON);
  expect(bodyOf(sent)).toEqual(PERSON);
});

test("a site with invitations asks for the code", async () => {
  const sent = await open("invitation");
  expect(shown.page.textContent).toContain("you need an invitation");
  await send({ ...PERSON, invitation: "c0de" });
  expect(bodyOf(sent)).toEqual({ ...PERSON, invitation: "c0de" });
});

test.each(["/sign-up#invitation=c0de", "/sign-up?to=%2Fwrite&invitation=c0de"])(
  "the code of %s is used, and leaves the address",
  async (address) => {
    const sent = await open("invitation", address);
    expect(window.location.href).not.toContain("c0de");
    expect(window.location.search).toBe(address.includes("?to") ? "?to=%2Fwrite" : "");
    expect(shown.page.textContent).toContain("You were invited");
    await send(PERSON);
    expect(bodyOf(sent)).toEqual({ ...PERSON, invitation: "c0de" });
  },
);

test("a site with approvals says so, and asks for an optional reason", async () => {
  const sent = await open("approval");
  expect(shown.page.textContent).toContain("A moderator approves new accounts");
  expect(shown.page.querySelector<HTMLTextAreaElement>("#field-reason")?.required).toBe(false);
  await send({ ...PERSON, reason: "I grow tomatoes." });
  expect(bodyOf(sent)).toEqual({ ...PERSON, reason: "I grow tomatoes." });
});

test("a closed site shows no form", async () => {
  await open("closed");
  expect(shown.page.textContent).toContain("takes no new members");
  expect(shown.page.querySelector("form")).toBeNull();
});
