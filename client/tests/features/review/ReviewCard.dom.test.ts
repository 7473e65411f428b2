import { h } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ReviewList } from "../../../src/features/review/ReviewScreen";
import { claims } from "../../../src/features/review/review-claims";
import { ReviewQueue } from "../../../src/features/review/review-queue";
import { UNDO_MS } from "../../../src/features/review/undo-window";
import type { QueueItem } from "../../../src/platform/api/types";
import { notices } from "../../../src/platform/state/notices";
import { answerWith, json, type Sent } from "../../support/fake-fetch";
import { button, click, mount, press } from "../../support/mount";

const held: QueueItem = {
  post: {
    ...{ id: "a", sequence: 1, revision: 1, state: "held", community: "garden", parent_id: null },
    ...{ title: "A cousin's new job", body: "You earn $500 a day.", created_at: "2026-01-02T03:04:05Z" },
    author: { handle: "ada" },
  },
  reasons: [{ rule: "spam.earnings", category: "spam", message: "This looks like an advert.", spans: [] }],
  scores: { spam: 0.7, hate: 0.001 },
  appeal: null,
  reports: null,
  claim: null,
} as unknown as QueueItem;
const other = { ...held, post: { ...held.post, id: "b", sequence: 2, title: "Another post" } };

let shown: ReturnType<typeof mount>;
let sent: Sent[];

beforeEach(() => {
  vi.useFakeTimers();
  // Claims are tested by themselves; here their requests would take the prepared answers.
  vi.spyOn(claims, "moveTo").mockImplementation(() => undefined);
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      disconnect() {}
    },
  );
});
afterEach(() => {
  shown.unmount();
  vi.restoreAllMocks();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  notices.value = [];
});

/** Shows the queue with these posts; `answers` are those to the requests after loading it. */
async function show(items: QueueItem[], ...answers: (Response | Error)[]): Promise<HTMLElement> {
  sent = answerWith(json({ items }), ...answers);
  shown = mount(h(ReviewList, { queue: new ReviewQueue() }));
  await wait(0);
  sent.length = 0;
  return card("a");
}

function card(id: string): HTMLElement {
  const found = document.getElementById(`review-${id}`);
  if (!found) throw new Error(`no card of ${id}`);
  return found;
}

const wait = (ms: number) =>
  act(async () => {
    await vi.advanceTimersByTimeAsync(ms);
  });
const accepted = () => json({ id: "a", revision: 1, sequence: 9, state: "published" }, 202);
const status = () => shown.page.querySelector('[role="status"]')?.textContent;

describe("the review card", () => {
  test("is named by the reason why the post is held", async () => {
    const shownCard = await show([held]);
    const title = document.getElementById(shownCard.getAttribute("aria-labelledby") ?? "");
    expect(title?.textContent?.trim()).toBe("Held by a rule");
    expect(shownCard.getAttribute("aria-current")).toBe("true");
  });

  test("shows message, text and scores", async () => {
    const { textContent } = await show([held]);
    expect(textContent).toContain("This looks like an advert.");
    expect(textContent).toContain("You earn $500 a day.");
    expect(textContent).toContain("Model scores: spam 0.70 and others below 0.01");
  });

  test("says and marks what no model has read, and marks the window that decided", async () => {
    const decision = { reading: { characters: 40, read: 25, unread: [{ start: 25, end: 40 }] } };
    const spans = [{ start: 0, end: 8 }];
    const long = {
      ...held,
      post: { ...held.post, decision },
      reasons: [{ rule: "score.spam", category: "spam", message: "This reads as advertising.", spans }],
    } as unknown as QueueItem;
    const shownCard = await show([long]);
    expect(shownCard.textContent).toContain("A model has read 25 of its 40 characters.");
    const marks = [...shownCard.querySelectorAll("mark")].map((mark) => [mark.className, mark.textContent]);
    expect(marks).toEqual([
      ["", "A cousin"],
      ["unread", "arn $500 a day."],
    ]);
  });

  test("shows an appeal, reports and another moderator's claim", async () => {
    const busy = {
      ...held,
      appeal: { appealed_at: "2026-01-02T03:04:05Z", reason: "It is a quotation." },
      reports: { count: 1, reasons: ["It is an advert."] },
      claim: { post_id: "a", handle: "grace", mine: false, expires_at: "2026-01-02T03:04:05Z" },
    } as unknown as QueueItem;
    const { textContent } = await show([busy]);
    for (const text of ["It is a quotation.", "It is an advert.", "grace is looking at this."])
      expect(textContent).toContain(text);
  });

  test("offers to keep a published post that was reported", async () => {
    const reported = {
      ...held,
      post: { ...held.post, state: "published" },
      reports: { count: 2, reasons: [] },
    };
    const shownCard = await show([reported as unknown as QueueItem]);
    expect(shownCard.textContent).toContain("Published; reported by 2 readers");
    expect(button(shownCard, "Keep")).toBeTruthy();
  });
});

describe("an urgent post", () => {
  const urgent = (urgency: QueueItem["urgency"]): QueueItem => ({ ...held, urgency });

  test("says why it is urgent before anything else", async () => {
    const { textContent } = await show([urgent("crisis")]);
    expect(textContent).toContain("Urgent: somebody may be about to hurt themselves");
    expect(textContent).toContain("You earn $500 a day.");
  });

  test("that may sexualize minors shows its text only on demand", async () => {
    const shownCard = await show([urgent("minors")]);
    expect(shownCard.textContent).not.toContain("You earn $500 a day.");
    expect(shownCard.textContent).not.toContain("A cousin's new job");
    await click(button(shownCard, "Show the text"));
    expect(shownCard.textContent).toContain("You earn $500 a day.");
  });

  test("shows moderators what was measured", async () => {
    const [reason] = held.reasons;
    const measured = { ...held, reasons: [{ ...reason, detail: "3 links, 4 similar texts" }] };
    expect((await show([measured as QueueItem])).textContent).toContain("3 links, 4 similar texts");
  });
});

describe("a decision by button", () => {
  test("shows the decision at once and sends it after the undo window", async () => {
    const shownCard = await show([held, other], accepted());
    await click(button(shownCard, "Publish"));
    expect(shownCard.textContent).toContain("Will be published in 5 seconds.");
    expect(status()).toBe("Will be published in 5 seconds.");
    expect(card("b").getAttribute("aria-current")).toBe("true");
    expect(sent).toEqual([]);
    await wait(UNDO_MS);
    expect(sent[0]?.url).toBe("/v1/review/a/decision");
    expect(shownCard.textContent).toContain("Published.");
  });

  test("can be undone, and the buttons are back", async () => {
    const shownCard = await show([held]);
    await click(button(shownCard, "Hold"));
    await click(button(shownCard, "Undo"));
    await wait(UNDO_MS);
    expect(sent).toEqual([]);
    expect(shownCard.textContent).toContain("Undone. Nothing was decided.");
    expect(button(shownCard, "Publish")).toBeTruthy();
  });

  test("that cannot be sent opens the card again and says that nothing was decided", async () => {
    const shownCard = await show([held], new TypeError("no network"));
    await click(button(shownCard, "Publish"));
    await wait(UNDO_MS);
    expect(shownCard.textContent).toContain("The server is not responding. Nothing was decided.");
    expect(button(shownCard, "Publish")).toBeTruthy();
  });
});

describe("the rejection form", () => {
  test("focuses its labelled field and sends the reason", async () => {
    const shownCard = await show([held], accepted());
    await click(button(shownCard, "Reject…"));
    const field = document.activeElement as HTMLTextAreaElement;
    expect(field.closest("label")?.textContent).toContain("Reason (the author will see it)");
    await click(button(shownCard, "Use: This looks like an advert."));
    expect(field.value).toBe("This looks like an advert.");
    await press("Enter");
    await wait(UNDO_MS);
    expect(JSON.parse(String(sent[0]?.init.body))).toMatchObject({
      outcome: "rejected",
      reason: "This looks like an advert.",
    });
  });

  test("does not send an empty reason", async () => {
    const shownCard = await show([held]);
    await click(button(shownCard, "Reject…"));
    await press("Enter");
    await wait(UNDO_MS);
    expect(sent).toEqual([]);
    expect(button(shownCard, "Cancel")).toBeTruthy();
  });

  test("closes with Escape and returns the focus to the card", async () => {
    const shownCard = await show([held]);
    await click(button(shownCard, "Reject…"));
    await press("Escape");
    expect(shownCard.querySelector("textarea")).toBeNull();
    expect(document.activeElement).toBe(shownCard);
  });
});

describe("the keyboard", () => {
  test.each([
    ["p", "Will be published in 5 seconds."],
    ["h", "Stays held for a second look."],
  ])("%s decides on the current post", async (key, text) => {
    const shownCard = await show([held]);
    await press(key);
    expect(shownCard.textContent).toContain(text);
  });

  test("j and k move, u undoes, r asks for a reason", async () => {
    await show([held, other]);
    await press("j");
    expect(card("b").getAttribute("aria-current")).toBe("true");
    await press("k");
    expect(card("a").getAttribute("aria-current")).toBe("true");
    await press("p");
    await press("u");
    expect(card("a").textContent).toContain("Undone. Nothing was decided.");
    await press("r");
    expect(card("a").contains(document.activeElement)).toBe(true);
    expect(document.activeElement?.tagName).toBe("TEXTAREA");
  });

  test("typing into the rejection form decides nothing", async () => {
    const shownCard = await show([held]);
    await press("r");
    await press("p");
    expect(shownCard.querySelector("textarea")).not.toBeNull();
  });
});
