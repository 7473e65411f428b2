import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ReviewClaims } from "../../../src/features/review/review-claims";
import { answerWith, json, type Sent } from "../../support/fake-fetch";

const DWELL_MS = 1500;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const claimed = () => json({ code: "claimed", title: "Conflict" }, 409);
const taken = () => json({ post_id: "a", handle: "ada", mine: true, expires_at: "2026-01-02T03:04:05Z" });
const done = () => new Response(null, { status: 204 });

function asked(sent: Sent[]): string[] {
  return sent.map(({ url, init }) => `${init.method} ${url.split("/").at(-2)}`);
}

test("passing by claims nothing", async () => {
  const sent = answerWith(taken());
  const claims = new ReviewClaims();
  claims.moveTo("a");
  await vi.advanceTimersByTimeAsync(DWELL_MS - 1);
  claims.moveTo("b");
  await vi.advanceTimersByTimeAsync(DWELL_MS);
  expect(asked(sent)).toEqual(["POST b"]);
});

test("leaving before the dwell time claims nothing", async () => {
  const sent = answerWith(taken());
  const claims = new ReviewClaims();
  claims.moveTo("a");
  claims.moveTo(undefined);
  await vi.advanceTimersByTimeAsync(DWELL_MS);
  expect(sent).toEqual([]);
});

test("moving on releases the post", async () => {
  const sent = answerWith(taken(), done(), taken());
  const claims = new ReviewClaims();
  claims.moveTo("a");
  await vi.advanceTimersByTimeAsync(DWELL_MS);
  claims.moveTo("b");
  await vi.advanceTimersByTimeAsync(DWELL_MS);
  expect(asked(sent)).toEqual(["POST a", "DELETE a", "POST b"]);
});

test("a post that another moderator has claimed is marked and not released", async () => {
  const sent = answerWith(claimed());
  const claims = new ReviewClaims();
  claims.moveTo("a");
  await vi.advanceTimersByTimeAsync(DWELL_MS);
  expect(claims.taken.value.has("a")).toBe(true);
  claims.leave();
  expect(asked(sent)).toEqual(["POST a"]);
});
