import { language } from "../i18n";

/** Numbers, dates and durations in the active language. */

/** Age of a moment: "now", "5m ago", "3h ago", "12d ago"; the date after 30 days. */
export function formatAge(iso: string, at: number): string {
  const seconds = Math.max(0, (at - Date.parse(iso)) / 1000);
  if (seconds < MINUTE_S) return relative("auto").format(0, "second");
  if (seconds < HOUR_S) return relative("always").format(-Math.floor(seconds / MINUTE_S), "minute");
  if (seconds < DAY_S) return relative("always").format(-Math.floor(seconds / HOUR_S), "hour");
  if (seconds < 30 * DAY_S) return relative("always").format(-Math.floor(seconds / DAY_S), "day");
  return formatDate(iso);
}

export function formatDate(iso: string): string {
  return dates({ day: "numeric", month: "short", year: "numeric" }).format(new Date(iso));
}

export function formatDateTime(iso: string): string {
  return dates({ dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
}

/** A number with exactly this many digits after the decimal sign. */
export function formatNumber(value: number, digits = 0): string {
  return numbers({ minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

/** A number with its sign, also for positive numbers; zero has none. */
export function formatSigned(value: number, digits: number): string {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return withMinusSign(numbers({ ...options, signDisplay: "exceptZero" }).format(value));
}

/** "6,087", "12.3K": exact as long as it is short. */
export function formatCount(count: number): string {
  const notation = Math.abs(count) < 10_000 ? "standard" : "compact";
  return numbers({ notation, maximumFractionDigits: 1 }).format(count);
}

/** A share as a percentage. Below 10% it has one decimal, so that 0.1% is not shown as 0%. */
export function formatPercent(share: number): string {
  const percent = share * 100;
  // Shares that one decimal would round to 0.0% are shown as 0%.
  const digits = percent >= 0.05 && percent < 9.95 ? 1 : 0;
  return numbers({ style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
    share,
  );
}

/** A size of data: "0.5 kB", "14 kB", "3.2 MB". */
export function formatBytes(bytes: number): string {
  const [size, unit] = bytes < 1_000_000 ? [bytes / 1000, "kilobyte"] : [bytes / 1_000_000, "megabyte"];
  return withUnit(size, unit, size < 10 ? 1 : 0);
}

/** An amount of money without its currency, which only the user knows. */
export function formatMoney(amount: number): string {
  const digits = amount > 0 && amount < 0.1 ? 4 : 2;
  return numbers({ minimumFractionDigits: 2, maximumFractionDigits: digits }).format(amount);
}

/** A duration: "1.2 ms", "84 ms", "1.4 sec", "2.5 min", "5 hr", "2 days". */
export function formatMs(ms: number, sign: Sign = "auto"): string {
  const [size, unit] = inLargestUnit(ms);
  const digits = Math.abs(size) < 10 || unit === "second" ? 1 : 0;
  return withMinusSign(withUnit(size, unit, digits, sign));
}

function inLargestUnit(ms: number): [size: number, unit: string] {
  const seconds = Math.abs(ms) / 1000;
  if (seconds < 1) return [ms, "millisecond"];
  if (seconds < MINUTE_S) return [ms / 1000, "second"];
  if (seconds < HOUR_S) return [ms / 1000 / MINUTE_S, "minute"];
  if (seconds < DAY_S) return [ms / 1000 / HOUR_S, "hour"];
  return [ms / 1000 / DAY_S, "day"];
}

/** "a, b, and c". */
export function formatList(items: readonly string[]): string {
  return cached("list", {}, (tag) => new Intl.ListFormat(tag, { type: "conjunction" })).format(items);
}

/** The name of a language (BCP 47) in the language of the page: "Japanese". */
export function formatLanguage(code: string): string {
  return cached("language", {}, (tag) => new Intl.DisplayNames(tag, { type: "language" })).of(code) ?? code;
}

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;

/** "exceptZero" shows the sign of positive numbers, too. */
type Sign = "auto" | "exceptZero";

function withUnit(value: number, unit: string, digits: number, sign: Sign = "auto"): string {
  const options = { style: "unit", unit, maximumFractionDigits: digits, signDisplay: sign } as const;
  return numbers(options).format(value);
}

/** Replaces the hyphen by a minus sign, which is as wide as a plus sign. */
function withMinusSign(text: string): string {
  return text.replace("-", "\u2212");
}

function numbers(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  return cached("number", options, (tag) => new Intl.NumberFormat(tag, options));
}

function dates(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return cached("date", options, (tag) => new Intl.DateTimeFormat(tag, options));
}

function relative(numeric: "auto" | "always"): Intl.RelativeTimeFormat {
  return cached("age", { numeric }, (tag) => new Intl.RelativeTimeFormat(tag, { numeric, style: "narrow" }));
}

// Creating a formatter costs a hundred times as much as using it once.
const formatters = new Map<string, unknown>();

function cached<Formatter>(kind: string, options: object, make: (tag: string) => Formatter): Formatter {
  const { tag } = language.value;
  const key = `${kind} ${tag} ${JSON.stringify(options)}`;
  const known = (formatters.get(key) as Formatter | undefined) ?? make(tag);
  formatters.set(key, known);
  return known;
}
