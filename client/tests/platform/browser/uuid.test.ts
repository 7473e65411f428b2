import { expect, test } from "vitest";
import { uuid7 } from "../../../src/platform/browser/uuid";

test("an id has version 7, the RFC variant and lower-case hex", () => {
  for (let round = 0; round < 200; round++) {
    expect(uuid7()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
});

test("an id begins with its time in milliseconds", () => {
  const made = uuid7(0x0198c0de7e57);
  expect(made.slice(0, 13)).toBe("0198c0de-7e57".slice(0, 13));
});

test("ids of later milliseconds sort later", () => {
  expect(uuid7(1_700_000_000_000) < uuid7(1_700_000_000_001)).toBe(true);
});

test("two ids of one millisecond differ", () => {
  const ids = new Set(Array.from({ length: 1000 }, () => uuid7(1)));
  expect(ids.size).toBe(1000);
});
