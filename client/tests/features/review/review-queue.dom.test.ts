import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ReviewQueue } from "../../../src/features/review/review-queue";
import { stageText } from "../../../src/features/review/review-stage";
import { UNDO_MS } from "../../../src/features/review/undo-window";
import type { QueueItem } from "../../../src/platform/api/types";
import { notices } from "../../../src/platform/state/notices";
import { answerWith, json, type Sent } from "../../support/fake-fetch";

const FINE = { outcome: "published", reason: "A moderator has reviewed this." } as const;

function item(id: string, sequence: number, revision = 1): QueueItem {
  const post = { id, sequence, revision, state: "held", title: "", body: `text of ${id}` };
  return { post, reasons: [], scores: {} } as unknown as QueueItem;
}

function accepted(id: string, sequence: number): Response {
  return json({ id, revision: 1, sequence, state: "published" }, 202);
}

const conflict = () => json({ code: "revision_conflict", title: "Conflict" }, 409);

/** A queue with a, b and c in it, and what was sent since it was loaded. */
async function queueOfThree(...answers: (Response | Error)[]) {
  const first = { items: [item("a", 1), item("b", 2), item("c", 3)] };
  const sent = answerWith(json(first), ...answers);
  const queue = new ReviewQueue();
  await queue.refresh();
  const [a, b, c] = queue.list.items.value as [QueueItem, QueueItem, QueueItem];
  sent.length = 0;
  return { queue, sent, a, b, c };
}

function bodies(sent: Sent[]): unknown[] {
  return sent.map(({ url, init }) => [url.split("/").at(-2), JSON.parse(String(init.body))]);
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  notices.value = [];
});

test("a decision is sent after the undo window, with the loaded revision", async () => {
  const { queue, sent, a } = await queueOfThree(accepted("a", 9));
  queue.decide(a, FINE);
  await vi.advanceTimersByTimeAsync(UNDO_MS - 1);
  expect(sent).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(bodies(sent)).toEqual([["a", { ...FINE, revision: 1, sequence: 1 }]]);
  expect(queue.stageOf("a").name).toBe("sent");
});

test("an undone decision is never sent, and its post is current again", async () => {
  const { queue, sent, a } = await queueOfThree();
  queue.decide(a, FINE);
  queue.undo();
  await vi.advanceTimersByTimeAsync(UNDO_MS * 2);
  expect(sent).toEqual([]);
  expect(queue.stageOf("a").name).toBe("open");
  expect(queue.current.value?.post.id).toBe("a");
});

test("undo starts with the latest decision", async () => {
  const { queue, sent, a, b } = await queueOfThree(accepted("a", 9));
  queue.decide(a, FINE);
  queue.decide(b, FINE);
  queue.undo();
  await vi.advanceTimersByTimeAsync(UNDO_MS);
  expect(bodies(sent)).toEqual([["a", { ...FINE, revision: 1, sequence: 1 }]]);
});

test("leaving sends waiting decisions in order, with keepalive", async () => {
  const again = json({ items: [item("a", 1), item("b", 2)] });
  const { queue, sent, a, b } = await queueOfThree(again, accepted("a", 9), accepted("b", 10));
  const leave = queue.connect();
  await vi.advanceTimersByTimeAsync(0);
  sent.length = 0;
  queue.decide(a, FINE);
  queue.decide(b, FINE);
  leave();
  await vi.advanceTimersByTimeAsync(0);
  expect(bodies(sent).map((one) => (one as unknown[])[0])).toEqual(["a", "b"]);
  expect(sent.every(({ init }) => init.keepalive)).toBe(true);
});

test("closing the page sends waiting decisions", async () => {
  const { queue, sent, a } = await queueOfThree(json({ items: [item("a", 1)] }), accepted("a", 9));
  const leave = queue.connect();
  await vi.advanceTimersByTimeAsync(0);
  sent.length = 0;
  queue.decide(a, FINE);
  window.dispatchEvent(new Event("pagehide"));
  expect(sent).toHaveLength(1);
  leave();
  expect(sent).toHaveLength(1);
});

test("after a decision the next open post is current, at the end the previous one", async () => {
  const { queue, a, c } = await queueOfThree();
  queue.decide(a, FINE);
  expect(queue.current.value?.post.id).toBe("b");
  queue.move(1);
  queue.decide(c, FINE);
  expect(queue.current.value?.post.id).toBe("b");
});

test("moving skips decided posts and stops at both ends", async () => {
  const { queue, b } = await queueOfThree();
  queue.decide(b, FINE);
  queue.choose("a");
  queue.move(1);
  expect(queue.current.value?.post.id).toBe("c");
  queue.move(1);
  expect(queue.current.value?.post.id).toBe("c");
  queue.move(-1);
  queue.move(-1);
  expect(queue.current.value?.post.id).toBe("a");
});

test("a changed post is replaced by its current version and stays open", async () => {
  const fresh = item("a", 12, 2);
  const { queue, sent, a } = await queueOfThree(conflict(), json(fresh.post), json({ items: [fresh] }));
  queue.decide(a, FINE);
  await vi.advanceTimersByTimeAsync(UNDO_MS);
  expect(queue.list.items.value[0]).toEqual(fresh);
  expect(queue.stageOf("a")).toEqual({ name: "open", note: "review.stage.changed" });
  expect(sent.at(-1)?.url).toBe("/v1/review/queue?cursor=usual-11");
});

test("a changed post is found in whichever part of the queue it has come into", async () => {
  const fresh = item("a", 12, 2);
  const others = ["usual", "danger", "crisis", "minors"].map(() => json({ items: [item("z", 40)] }));
  const answers = [conflict(), json(fresh.post), ...others, json({ items: [fresh] })];
  const { queue, sent, a } = await queueOfThree(...answers);
  queue.decide(a, FINE);
  await vi.advanceTimersByTimeAsync(UNDO_MS);
  expect(queue.list.items.value[0]).toEqual(fresh);
  expect(sent.at(-1)?.url).toBe("/v1/review/queue?cursor=later-11");
});

test("a withdrawn post leaves nothing to decide", async () => {
  const { queue, a } = await queueOfThree(conflict(), json({ code: "not_found" }, 404));
  queue.decide(a, FINE);
  await vi.advanceTimersByTimeAsync(UNDO_MS);
  expect(queue.stageOf("a")).toEqual({ name: "gone", note: "review.stage.gone_withdrawn" });
});

test("a post that is being checked again leaves nothing to decide for now", async () => {
  const pending = { ...item("a", 12, 2).post, state: "pending" };
  const others = Array.from({ length: 5 }, () => json({ items: [item("z", 40)] }));
  const { queue, a } = await queueOfThree(conflict(), json(pending), ...others);
  queue.decide(a, FINE);
  await vi.advanceTimersByTimeAsync(UNDO_MS);
  expect(queue.stageOf("a").name).toBe("gone");
  expect(queue.list.items.value[0]?.post.revision).toBe(1);
});

test("a decision that could not be sent opens the post again and is reported on every screen", async () => {
  const { queue, a } = await queueOfThree(new TypeError("no network"));
  queue.decide(a, FINE);
  await vi.advanceTimersByTimeAsync(UNDO_MS);
  const stage = queue.stageOf("a");
  expect(stage.name).toBe("open");
  expect(stageText(stage)).toContain("Nothing was decided.");
  expect(notices.value[0]?.detail).toContain("Nothing was decided.");
});

test("a list that is older than a decision keeps the post decided", async () => {
  const { queue, a } = await queueOfThree(accepted("a", 9), json({ items: [item("a", 1)] }));
  queue.decide(a, FINE);
  await vi.advanceTimersByTimeAsync(UNDO_MS);
  await queue.refresh();
  expect(queue.stageOf("a").name).toBe("sent");
  expect(queue.open.value).toEqual([]);
});

test("a post that is listed again after its decision is open again", async () => {
  const { queue, a } = await queueOfThree(accepted("a", 9), json({ items: [item("a", 9)] }));
  queue.decide(a, { outcome: "held", reason: "Another look." });
  await vi.advanceTimersByTimeAsync(UNDO_MS);
  await queue.refresh();
  expect(queue.open.value.map(({ post }) => post.id)).toEqual(["a"]);
});

test("the list of unjudged posts is a queue of its own", async () => {
  const sent = answerWith(json({ items: [item("ja", 7)] }), accepted("ja", 9));
  const queue = new ReviewQueue("unjudged");
  await queue.refresh();
  expect(sent.map(({ url }) => new URL(url, "http://site").pathname)).toEqual(["/v1/review/unjudged"]);
  queue.decide(queue.list.items.value[0] as QueueItem, FINE);
  await vi.advanceTimersByTimeAsync(UNDO_MS);
  expect(bodies(sent.slice(1))).toEqual([["ja", { ...FINE, revision: 1, sequence: 7 }]]);
});
