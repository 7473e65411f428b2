import { h } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { VoteButtons } from "../../../src/features/posts/VoteButtons";
import type { Post, PostState, VoteValue } from "../../../src/platform/api/types";
import { notices } from "../../../src/platform/state/notices";
import { setAllowed } from "../../../src/platform/state/session";
import { answerWith, json } from "../../support/fake-fetch";
import { button, click, mount } from "../../support/mount";
import { signInWith, signOutAgain } from "../../support/session";

let shown: ReturnType<typeof mount>;
let ids = 0;

beforeEach(() => {
  setAllowed(new Set(["vote"]));
});
afterEach(() => {
  shown.unmount();
  vi.unstubAllGlobals();
  notices.value = [];
  setAllowed(new Set());
});

function show(mine: VoteValue, state: PostState = "published"): HTMLElement {
  ids += 1;
  const post = { id: `post-${ids}`, state, votes: { score: 5 }, comments: 0, my_vote: mine };
  shown = mount(h(VoteButtons, { post: post as unknown as Post }));
  return shown.page;
}

const up = () => button(shown.page, "Vote up");
const down = () => button(shown.page, "Vote down");
const pressed = () => [up(), down()].map((element) => element.getAttribute("aria-pressed"));
const count = () => shown.page.querySelector(".vote-count")?.textContent;

describe("the vote control", () => {
  test("is a group that is named by the number of votes", () => {
    show(0);
    expect(shown.page.querySelector('[role="group"]')?.getAttribute("aria-label")).toBe("5 votes");
  });

  test.each<[VoteValue, string[]]>([
    [1, ["true", "false"]],
    [0, ["false", "false"]],
    [-1, ["false", "true"]],
  ])("shows the user's vote %d as pressed", (mine, states) => {
    show(mine);
    expect(pressed()).toEqual(states);
  });

  test("has buttons that can be focused and do not submit a form", () => {
    show(0);
    for (const element of [up(), down()]) {
      element.focus();
      expect(document.activeElement).toBe(element);
      expect(element.type).toBe("button");
    }
  });

  test.each<[name: string, mine: VoteValue, sent: VoteValue, shown: string]>([
    ["Vote up", 0, 1, "6"],
    ["Vote up", 1, 0, "4"],
    ["Vote down", 1, -1, "3"],
    ["Vote down", -1, 0, "6"],
  ])("%s after the vote %d sends %d and shows %s at once", (name, mine, sent, text) => {
    const requests = answerWith(new Promise(() => undefined) as unknown as Response);
    show(mine);
    act(() => button(shown.page, name).click());
    expect(count()).toBe(text);
    expect(JSON.parse(String(requests[0]?.init.body))).toEqual({ value: sent });
  });

  describe("of a new account", () => {
    const weight = { percent: 25, full_at: "2026-03-08T12:00:00Z" };
    const SAYS = "Your account is new, so your vote counts 25% of a vote. It will count fully from";

    beforeEach(() => signInWith(weight));
    afterEach(signOutAgain);

    test("says what the vote counts, and leaves the count to the server", async () => {
      show(0);
      expect(up().title).toContain(SAYS);
      expect(down().title).toContain(SAYS);
      answerWith(new Promise(() => undefined) as unknown as Response);
      act(() => up().click());
      expect([count(), pressed()]).toEqual(["5", ["true", "false"]]);
      answerWith(json({ votes: { score: 6 } }));
      await click(down());
      expect(count()).toBe("6");
      expect(notices.value.map(({ title }) => title).join()).toContain(SAYS);
    });
  });

  test("of an established account says nothing about its weight", () => {
    show(0);
    expect(up().title).toBe("");
  });

  test("then shows the server's count", async () => {
    answerWith(json({ votes: { score: 40 } }));
    show(0);
    await click(up());
    expect(count()).toBe("40");
    expect(pressed()).toEqual(["true", "false"]);
  });

  test.each([
    ["the server refuses", json({ title: "Internal error", code: "internal" }, 500)],
    ["no answer comes", new TypeError("no network")],
  ])("undoes the vote and reports it when %s", async (_, answer) => {
    vi.useFakeTimers();
    const sent = answerWith(answer);
    show(-1);
    await click(up());
    await act(async () => {
      await vi.advanceTimersByTimeAsync(6_500);
    });
    vi.useRealTimers();
    expect(sent.length).toBe(answer instanceof TypeError ? 3 : 1);
    expect(count()).toBe("5");
    expect(pressed()).toEqual(["false", "true"]);
    expect(notices.value[0]?.detail).toContain("Your vote was not counted.");
  });

  test.each<[string, string[], PostState]>([
    ["without the right to vote", [], "published"],
    ["on a held post", ["vote"], "held"],
  ])("is only a count %s", (_, capabilities, state) => {
    setAllowed(new Set(capabilities));
    show(0, state);
    expect(shown.page.querySelectorAll("button")).toHaveLength(0);
    expect(shown.page.querySelector(".visually-hidden")?.textContent).toBe("5 votes");
  });
});
