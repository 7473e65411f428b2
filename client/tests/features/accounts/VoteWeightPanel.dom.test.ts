import { h } from "preact";
import { afterEach, expect, test, vi } from "vitest";
import { VoteWeightPanel } from "../../../src/features/accounts/VoteWeightPanel";
import { mount } from "../../support/mount";
import { signInWith, signOutAgain } from "../../support/session";

let shown: ReturnType<typeof mount>;

afterEach(async () => {
  shown.unmount();
  await signOutAgain();
  vi.unstubAllGlobals();
});

test("a new account sees what its votes and reports count, until when, and what changes that", async () => {
  await signInWith({ percent: 40, full_at: "2026-03-08T12:00:00Z" });
  shown = mount(h(VoteWeightPanel, {}));
  const { textContent } = shown.page;
  for (const part of ["Your votes and reports", "count 40% of those of others", "2026", "Published posts"])
    expect(textContent).toContain(part);
});

test("an established account sees that they count fully", async () => {
  await signInWith({ percent: 100, full_at: null });
  shown = mount(h(VoteWeightPanel, {}));
  expect(shown.page.textContent).toBe("Your votes and reportsYour votes and reports count fully.");
});

test("without a session nothing is shown", () => {
  shown = mount(h(VoteWeightPanel, {}));
  expect(shown.page.textContent).toBe("");
});
