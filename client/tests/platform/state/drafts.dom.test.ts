import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  countDrafts,
  type Draft,
  DraftStore,
  deleteDrafts,
  emptyDraft,
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
  new DraftStore("post").saveSoon(written);
  vi.runAllTimers();
  expect(new DraftStore("post").restore()).toEqual(written);
});

test("closing the page keeps the last keystrokes", () => {
  const keeper = new DraftStore("post");
  keeper.connect();
  keeper.saveSoon(draft("typed just now"));
  window.dispatchEvent(new Event("pagehide"));
  expect(new DraftStore("post").restore()?.body).toBe("typed just now");
});

test("leaving the composer keeps the text at once", () => {
  const keeper = new DraftStore("post");
  keeper.connect();
  keeper.saveSoon(draft("left early"));
  keeper.disconnect();
  expect(new DraftStore("post").restore()?.body).toBe("left early");
});

test("a cleared draft does not come back with a late save", () => {
  const keeper = new DraftStore("post");
  keeper.saveSoon(draft("sent"));
  keeper.clear();
  vi.runAllTimers();
  expect(new DraftStore("post").restore()).toBeNull();
});

test("drafts of different slots are independent", () => {
  new DraftStore("post").saveSoon(draft("a"));
  new DraftStore("reply.1").saveSoon(draft("b"));
  vi.runAllTimers();
  expect(countDrafts()).toBe(2);
  expect(new DraftStore("reply.1").restore()?.body).toBe("b");
});

test("users of one browser neither see nor lose each other's drafts", () => {
  new DraftStore("post").saveSoon(draft("a letter"));
  vi.runAllTimers();
  here.id = "bob";
  expect([new DraftStore("post").restore(), countDrafts()]).toEqual([null, 0]);
  deleteDrafts();
  here.id = "ada";
  expect(new DraftStore("post").restore()?.body).toBe("a letter");
});

test("an emptied draft is not kept", () => {
  const keeper = new DraftStore("post");
  keeper.saveSoon(draft("something"));
  vi.runAllTimers();
  keeper.saveSoon({ ...draft(""), title: "" });
  vi.runAllTimers();
  expect(countDrafts()).toBe(0);
});

test("deleting drafts leaves other stored values alone", () => {
  localStorage.setItem("ottit.theme", "dark");
  new DraftStore("post").saveSoon(draft("a"));
  new DraftStore("reply.1").saveSoon(draft("b"));
  vi.runAllTimers();
  deleteDrafts();
  expect(Object.keys(localStorage)).toEqual(["ottit.theme"]);
});

test.each(["{", "null", '{"id":1}', '"text"'])("an invalid stored draft is ignored: %s", (stored) => {
  localStorage.setItem("ottit.draft.ada.post", stored);
  expect(new DraftStore("post").restore()).toBeNull();
});
