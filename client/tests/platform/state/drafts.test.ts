import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  type Draft,
  DraftKeeper,
  dropDrafts,
  emptyDraft,
  keptDrafts,
} from "../../../src/platform/state/drafts";

const draft = (body: string): Draft => ({ ...emptyDraft("gardening"), title: "T", body });

const here = vi.hoisted(() => ({ id: "ada" }));
vi.mock("../../../src/platform/state/session", () => ({ user: { peek: () => here } }));

beforeEach(() => {
  here.id = "ada";
  localStorage.clear();
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

test("a text is kept after a pause and restored with the same id", () => {
  const written = draft("half a sentence");
  new DraftKeeper("post").keep(written);
  vi.runAllTimers();
  expect(new DraftKeeper("post").restore()).toEqual(written);
});

test("a page that goes away keeps what was typed last", () => {
  const keeper = new DraftKeeper("post");
  keeper.connect();
  keeper.keep(draft("typed just now"));
  window.dispatchEvent(new Event("pagehide"));
  expect(new DraftKeeper("post").restore()?.body).toBe("typed just now");
});

test("leaving the composer keeps the text without waiting for a pause", () => {
  const keeper = new DraftKeeper("post");
  keeper.connect();
  keeper.keep(draft("left early"));
  keeper.disconnect();
  expect(new DraftKeeper("post").restore()?.body).toBe("left early");
});

test("a cleared draft does not come back with a late save", () => {
  const keeper = new DraftKeeper("post");
  keeper.keep(draft("sent"));
  keeper.clear();
  vi.runAllTimers();
  expect(new DraftKeeper("post").restore()).toBeNull();
});

test("drafts of different places do not touch each other", () => {
  new DraftKeeper("post").keep(draft("a"));
  new DraftKeeper("reply.1").keep(draft("b"));
  vi.runAllTimers();
  expect(keptDrafts()).toBe(2);
  expect(new DraftKeeper("reply.1").restore()?.body).toBe("b");
});

test("somebody else in the same browser is shown none of it, and loses none of it", () => {
  new DraftKeeper("post").keep(draft("a letter"));
  vi.runAllTimers();
  here.id = "bob";
  expect([new DraftKeeper("post").restore(), keptDrafts()]).toEqual([null, 0]);
  dropDrafts();
  here.id = "ada";
  expect(new DraftKeeper("post").restore()?.body).toBe("a letter");
});

test("an emptied draft is not kept", () => {
  const keeper = new DraftKeeper("post");
  keeper.keep(draft("something"));
  vi.runAllTimers();
  keeper.keep({ ...draft(""), title: "" });
  vi.runAllTimers();
  expect(keptDrafts()).toBe(0);
});

test("who leaves for good leaves no draft, and everything else as it was", () => {
  localStorage.setItem("ottit.theme", "dark");
  new DraftKeeper("post").keep(draft("a"));
  new DraftKeeper("reply.1").keep(draft("b"));
  vi.runAllTimers();
  dropDrafts();
  expect(Object.keys(localStorage)).toEqual(["ottit.theme"]);
});

test.each(["{", "null", '{"id":1}', '"text"'])("stored nonsense is no draft: %s", (stored) => {
  localStorage.setItem("ottit.draft.ada.post", stored);
  expect(new DraftKeeper("post").restore()).toBeNull();
});
