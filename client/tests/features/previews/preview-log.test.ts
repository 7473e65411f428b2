import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  flushPreviews,
  type LoggedPreview,
  logDraft,
  logPreview,
} from "../../../src/features/previews/preview-log";
import { answerWith, json, type Sent } from "../../support/fake-fetch";

const [previewsEnabled, summariesEnabled] = vi.hoisted(() => [
  { peek: (): boolean => true },
  { peek: (): boolean => true },
]);
vi.mock("../../../src/features/previews/previews-enabled", () => ({ previewsEnabled, summariesEnabled }));

const seen: LoggedPreview = {
  draftId: "0198c0de-7e57-7abc-8def-0123456789ab",
  title: "Canary title",
  body: "canary body",
  tier: 0,
  policyDigest: "d".repeat(64),
  model: "",
  outcome: "published",
  bands: { spam: 2 },
  tookMs: 0.41234,
  extent: { read: 1200, unread: 2800 },
};

let sent: Sent[];
beforeEach(() => {
  vi.useFakeTimers();
  previewsEnabled.peek = summariesEnabled.peek = () => true;
  sent = answerWith(json(null, 202), json(null, 202));
});
afterEach(async () => {
  await flushPreviews();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const bodyOf = (index: number) =>
  JSON.parse(String(sent[index]?.init.body)) as { items: object[]; drafts: object[] };

test("previews are sent in one batch without the text, also when the page closes", async () => {
  const first = logPreview(seen);
  const second = logPreview({ ...seen, body: "another canary" });
  await flushPreviews();
  expect(sent.map(({ url }) => url)).toEqual(["/v1/previews"]);
  expect(sent[0]?.init.keepalive).toBe(true);
  expect(bodyOf(0).items).toMatchObject([
    { preview_id: first, verdict: "published", bands: { spam: 2 }, took_ms: 0.41, read: 1200, unread: 2800 },
    { preview_id: second },
  ]);
  expect(String(sent[0]?.init.body)).not.toMatch(/canary/i);
});

test("the same result for the same text is one preview", async () => {
  expect(logPreview({ ...seen, body: "once" })).toBe(logPreview({ ...seen, body: "once" }));
  expect(logPreview({ ...seen, body: "once", outcome: "held" })).not.toBe(
    logPreview({ ...seen, body: "once" }),
  );
  await flushPreviews();
  expect(bodyOf(0).items).toHaveLength(3);
});

test("a batch holds the newest 64 previews", async () => {
  for (let index = 0; index < 70; index++) logPreview({ ...seen, body: `text ${index}` });
  await flushPreviews();
  expect(bodyOf(0).items).toHaveLength(64);
});

test("without previews only drafts are sent", async () => {
  previewsEnabled.peek = () => false;
  logPreview({ ...seen, body: "unseen" });
  logDraft({ draft_id: seen.draftId, changes: 3, writing_ms: 9000 });
  await flushPreviews();
  expect(bodyOf(0)).toMatchObject({ items: [], drafts: [{ changes: 3 }] });
});

test("nothing is sent in server-only mode", async () => {
  summariesEnabled.peek = () => false;
  logPreview({ ...seen, body: "silent" });
  logDraft({ draft_id: seen.draftId, changes: 1, writing_ms: 1 });
  await flushPreviews();
  expect(sent).toEqual([]);
});

test("an unreachable server causes no error", async () => {
  sent = answerWith(new Error("offline"));
  logPreview({ ...seen, body: "offline" });
  await flushPreviews();
  await vi.advanceTimersByTimeAsync(1);
  expect(sent).toHaveLength(1);
});
