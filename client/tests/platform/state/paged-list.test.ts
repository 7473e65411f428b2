import { expect, test } from "vitest";
import type { Page } from "../../../src/platform/api/types";
import { PagedList } from "../../../src/platform/state/paged-list";

type Answer = Page<string> | Error | Promise<Page<string>>;

function listOf(...answers: Answer[]) {
  const cursors: (string | undefined)[] = [];
  const load = async (cursor: string | undefined) => {
    cursors.push(cursor);
    const answer = answers.shift();
    if (answer === undefined) throw new Error("asked too often");
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { list: new PagedList<string>(load, (item) => item), cursors };
}

test("pages follow each other by cursor until there is no next", async () => {
  const { list, cursors } = listOf({ items: ["a", "b"], next: "2" }, { items: ["c"], next: null });
  await list.open();
  await list.more();
  await list.more();
  expect(list.items.value).toEqual(["a", "b", "c"]);
  expect(list.complete.value).toBe(true);
  expect(cursors).toEqual([undefined, "2"]);
});

test("an item that a later page repeats keeps its place", async () => {
  const { list } = listOf({ items: ["a", "b"], next: "2" }, { items: ["b", "c", "c"], next: null });
  await list.open();
  await list.more();
  expect(list.items.value).toEqual(["a", "b", "c"]);
});

test("an opened list is not loaded again", async () => {
  const { list, cursors } = listOf({ items: ["a"], next: null });
  await list.open();
  await list.open();
  expect(cursors).toHaveLength(1);
});

test("a failed page keeps the list and can be retried", async () => {
  const { list } = listOf({ items: ["a"], next: "2" }, new Error("down"), { items: ["b"], next: null });
  await list.open();
  await list.more();
  expect(list.error.value).toBeInstanceOf(Error);
  expect(list.items.value).toEqual(["a"]);
  await list.more();
  expect(list.items.value).toEqual(["a", "b"]);
  expect(list.error.value).toBeUndefined();
});

test("two simultaneous requests for more load one page", async () => {
  const { list, cursors } = listOf({ items: ["a"], next: "2" }, { items: ["b"], next: null });
  await list.open();
  await Promise.all([list.more(), list.more()]);
  expect(cursors).toEqual([undefined, "2"]);
});

test("the answer to an aborted request changes nothing", async () => {
  let answer: (page: Page<string>) => void = () => {};
  const late = new Promise<Page<string>>((resolve) => {
    answer = resolve;
  });
  const { list } = listOf(late, { items: ["new"], next: null });
  const given = list.open();
  await list.restart();
  answer({ items: ["old"], next: null });
  await given;
  expect(list.items.value).toEqual(["new"]);
});

test("a restart keeps the old list until the new one is loaded", async () => {
  let answer: (page: Page<string>) => void = () => {};
  const late = new Promise<Page<string>>((resolve) => {
    answer = resolve;
  });
  const { list } = listOf({ items: ["old"], next: null }, late);
  await list.open();
  const restarted = list.restart();
  expect(list.items.value).toEqual(["old"]);
  answer({ items: ["new", "old"], next: null });
  await restarted;
  expect(list.items.value).toEqual(["new", "old"]);
});
