import { afterEach, expect, test } from "vitest";
import {
  formatAge,
  formatBytes,
  formatCount,
  formatList,
  formatMoney,
  formatMs,
  formatNumber,
  formatPercent,
  formatSigned,
} from "../../../src/platform/browser/format";
import { language } from "../../../src/platform/i18n";

const english = language.value;
const NOW = Date.parse("2026-03-01T12:00:00Z");

afterEach(() => {
  language.value = english;
});

test.each([
  [1.24, "1.2 ms"],
  [84.4, "84 ms"],
  [1400, "1.4 sec"],
  [150_000, "2.5 min"],
  [7_200_000, "2 hr"],
  [2.6e8, "3 days"],
])("%d ms are formatted as %s", (ms, text) => expect(formatMs(ms)).toBe(text));

test.each([
  ["2026-03-01T11:59:30Z", "now"],
  ["2026-03-01T11:55:00Z", "5m ago"],
  ["2026-03-01T09:00:00Z", "3h ago"],
  ["2026-02-28T11:00:00Z", "1d ago"],
  ["2025-12-24T12:00:00Z", "Dec 24, 2025"],
])("the age of %s is %s", (iso, text) => expect(formatAge(iso, NOW)).toBe(text));

test("small shares keep a digit, and zero is zero", () => {
  expect([0, 0.001, 0.034, 0.12, 1].map(formatPercent)).toEqual(["0%", "0.1%", "3.4%", "12%", "100%"]);
  expect(formatPercent(1e-17)).toBe("0%");
});

test("signed numbers use a minus sign, and zero has no sign", () => {
  expect([1.5, -0.75, 0].map((value) => formatSigned(value, 2))).toEqual(["+1.50", "−0.75", "0.00"]);
  expect(formatMs(-1500, "exceptZero")).toBe("−1.5 sec");
});

test("long counts are compact, sizes use thousands, and small amounts of money keep four digits", () => {
  expect([6087, 12_345].map(formatCount)).toEqual(["6,087", "12.3K"]);
  expect([512, 14_000, 3_200_000].map(formatBytes)).toEqual(["0.5 kB", "14 kB", "3.2 MB"]);
  expect([0.0123, 2].map(formatMoney)).toEqual(["0.0123", "2.00"]);
});

test("the active language decides, also for formats that were used before", () => {
  expect(formatNumber(1234.5, 1)).toBe("1,234.5");
  language.value = { tag: "de", messages: {} };
  expect(formatNumber(1234.5, 1)).toBe("1.234,5");
  expect(formatList(["a", "b"])).toBe("a und b");
});
