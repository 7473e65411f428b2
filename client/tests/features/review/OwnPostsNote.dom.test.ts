import { h } from "preact";
import { act } from "preact/test-utils";
import { afterEach, expect, test, vi } from "vitest";
import { OwnPostsNote } from "../../../src/features/review/ReviewScreen";
import { setAllowed } from "../../../src/platform/state/session";
import { answerWith, json } from "../../support/fake-fetch";
import { mount, rendered } from "../../support/mount";

let shown: ReturnType<typeof mount>;

afterEach(() => {
  shown.unmount();
  act(() => setAllowed(new Set()));
  vi.unstubAllGlobals();
});

async function note(without_reviewer: number, ...capabilities: string[]): Promise<HTMLElement> {
  setAllowed(new Set(capabilities));
  answerWith(json({ without_reviewer }));
  shown = mount(h(OwnPostsNote, {}));
  await rendered();
  return shown.page;
}

test("an administrator whose own post nobody else may decide on is led to the appointment of another", async () => {
  const page = await note(1, "manage_roles");
  expect(page.textContent).toContain("Your own post waits, and nobody else may decide");
  expect(page.querySelector("a")?.getAttribute("href")).toBe("/roles");
});

test("a moderator is told to ask an administrator", async () => {
  expect((await note(2)).textContent).toContain("2 of your own posts wait");
  expect(shown.page.querySelector("a")).toBeNull();
});

test("nothing is shown while others can decide", async () => {
  expect((await note(0)).textContent).toBe("");
});
