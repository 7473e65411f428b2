import { h } from "preact";
import { afterEach, expect, test, vi } from "vitest";
import { SignInScreen } from "../../../src/features/accounts/SignInScreen";
import { answerWith, json } from "../../support/fake-fetch";
import { mount, rendered } from "../../support/mount";

let shown: ReturnType<typeof mount>;

afterEach(() => {
  shown.unmount();
  vi.unstubAllGlobals();
});

test.each([
  ["open", "All you need is a handle and a password."],
  ["invitation", "Create an account"],
  ["approval", "Create an account"],
])("a site whose sign-ups are %s promises no more than it keeps", async (sign_ups, promised) => {
  answerWith(json({ sign_ups }), json({ sign_ups }));
  shown = mount(h(SignInScreen, { isSignUp: false }));
  await rendered();
  expect(shown.page.textContent).toContain(promised);
  expect(shown.page.textContent?.includes("All you need")).toBe(sign_ups === "open");
});

test("a site that takes no new members offers no new account", async () => {
  answerWith(json({ sign_ups: "closed" }), json({ sign_ups: "closed" }));
  shown = mount(h(SignInScreen, { isSignUp: false }));
  await rendered();
  expect(shown.page.querySelector('a[href^="/sign-up"]')).toBeNull();
});
