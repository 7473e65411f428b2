import { signal } from "@preact/signals";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Submission } from "../../../src/features/composer/submission";
import { composerOpened, connectUnsentTexts, sendStored } from "../../../src/features/composer/unsent-texts";
import { newPost, postChange, type TextRequest } from "../../../src/platform/api/posts";
import { t } from "../../../src/platform/i18n";
import { type Draft, DraftStore, emptyDraft } from "../../../src/platform/state/drafts";
import { notices } from "../../../src/platform/state/notices";
import { answerWith, json } from "../../support/fake-fetch";

const session = vi.hoisted(() => ({ user: undefined as unknown as { value: { id: string } | null } }));
vi.mock("../../../src/platform/state/session", () => {
  session.user = signal<{ id: string } | null>(null);
  return { user: session.user };
});

const accepted = { id: "p1", revision: 1, sequence: 7, state: "pending" };
const overloaded = () => json({ code: "overloaded" }, 503, { "retry-after": "3" });
const draft = (): Draft => ({ ...emptyDraft("garden"), id: "p1", title: "T", body: "Rain." });
const post = newPost({ id: "p1", community: "garden", title: "T", body: "Rain." });

/** A page was left while a text was waiting. */
function leftBehind(slot: string, request: TextRequest): void {
  session.user.value = { id: "ada" };
  new DraftStore(slot).saveRequest(draft(), request);
  session.user.value = null;
}

let disconnect: () => void;
/** The page is opened again. */
function reopened(person: string | null): void {
  disconnect = connectUnsentTexts();
  session.user.value = person ? { id: person } : null;
}

/** Web Locks, as all tabs of a browser share them. */
function sharedLocks() {
  const queues = new Map<string, Promise<unknown>>();
  const request = <Result>(name: string, work: () => Promise<Result>) => {
    const mine = (queues.get(name) ?? Promise.resolve()).then(work);
    queues.set(
      name,
      mine.catch(() => undefined),
    );
    return mine;
  };
  return { request };
}

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  notices.value = [];
  vi.stubGlobal("navigator", { locks: sharedLocks(), onLine: true });
  vi.spyOn(console, "error").mockReturnValue();
});
afterEach(() => {
  disconnect?.();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test.each([
  ["post", post],
  ["reply.p0", newPost({ id: "p1", community: "garden", body: "Rain.", parent_id: "p0" })],
  ["edit.p1", postChange("p1", { body: "Rain.", revision: 2 })],
])("a waiting %s is sent again by itself after a reload, with the same request", async (slot, request) => {
  leftBehind(slot, request);
  const sent = answerWith(overloaded(), json(accepted, 202));
  reopened("ada");
  await vi.advanceTimersByTimeAsync(3000);
  expect(notices.value.map(({ title }) => title)).toEqual([t("composer.unsent.sending_again")]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sent.map(({ url, init }) => [url, init.method, init.body])).toEqual(
    Array(2).fill([request.path, request.method, JSON.stringify(request.body)]),
  );
  expect(new DraftStore(slot).restore()).toBeNull();
});

test("a text is never sent for a visitor or as another person", async () => {
  leftBehind("post", post);
  const sent = answerWith();
  reopened(null);
  await vi.advanceTimersByTimeAsync(60_000);
  session.user.value = { id: "ben" };
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sent).toEqual([]);
});

test("a text stops waiting when its author signs out, and goes on when they are back", async () => {
  leftBehind("post", post);
  const sent = answerWith(overloaded(), json(accepted, 202));
  reopened("ada");
  await vi.advanceTimersByTimeAsync(3500);
  session.user.value = null;
  await vi.advanceTimersByTimeAsync(60_000);
  session.user.value = { id: "ben" };
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sent.length).toBe(1);
  session.user.value = { id: "ada" };
  await vi.advanceTimersByTimeAsync(10_000);
  expect(sent.length).toBe(2);
});

test("a text whose session changes during the wait is not sent as the other person", async () => {
  session.user.value = { id: "ada" };
  new DraftStore("post").saveRequest(draft(), post);
  const sent = answerWith(overloaded());
  const submission = new Submission(() => () => {});
  const sending = sendStored("post", "p1", post, submission);
  await vi.advanceTimersByTimeAsync(1000);
  session.user.value = { id: "ben" };
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await sending).toBeNull();
  expect(sent.length).toBe(1);
  session.user.value = { id: "ada" };
  expect(new DraftStore("post").restore()?.body).toBe("Rain.");
});

test("two tabs send a text once, and the second one learns that it was sent", async () => {
  session.user.value = { id: "ada" };
  new DraftStore("post").saveRequest(draft(), post);
  const sent = answerWith(overloaded(), json(accepted, 202));
  const tabs = [new Submission(() => () => {}), new Submission(() => () => {})];
  const sending = tabs.map((tab) => sendStored("post", "p1", post, tab));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await Promise.all(sending)).toEqual([accepted, "elsewhere"]);
  expect(sent.filter(({ init }) => init.method === "POST").length).toBe(2);
});

test("a text that its author stopped in one tab is kept and not sent by the other", async () => {
  session.user.value = { id: "ada" };
  new DraftStore("post").saveRequest(draft(), post);
  const sent = answerWith(overloaded());
  const tabs = [new Submission(() => () => {}), new Submission(() => () => {})] as const;
  const sending = tabs.map((tab) => sendStored("post", "p1", post, tab));
  await vi.advanceTimersByTimeAsync(1000);
  tabs[0].giveUp();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await Promise.all(sending)).toEqual([null, null]);
  expect(sent.length).toBe(1);
  expect(new DraftStore("post").restore()).toEqual(draft());
});

test("an open composer sends its own text, and a closed one leaves it to the background", async () => {
  leftBehind("post", post);
  const sent = answerWith(json(accepted, 202));
  const close = composerOpened("post");
  reopened("ada");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sent).toEqual([]);
  close();
  await vi.advanceTimersByTimeAsync(3500);
  expect(sent.length).toBe(1);
});

test("a refused text is kept for its author and not sent again", async () => {
  leftBehind("post", post);
  const sent = answerWith(json({ code: "invalid" }, 422));
  reopened("ada");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sent.length).toBe(1);
  expect(new DraftStore("post").restore()).toEqual(draft());
});
