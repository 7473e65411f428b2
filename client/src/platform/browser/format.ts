const STEPS: [limit: number, size: number, unit: string][] = [
  [3600, 60, "min"],
  [86_400, 3600, "h"],
  [86_400 * 30, 86_400, "d"],
];

/** "now", "5 min", "3 h", "12 d", then the date. */
export function formatAge(iso: string, at: number): string {
  const seconds = Math.max(0, (at - Date.parse(iso)) / 1000);
  if (seconds < 60) return "now";
  for (const [limit, size, unit] of STEPS) {
    if (seconds < limit) return `${Math.floor(seconds / size)} ${unit}`;
  }
  return formatDate(iso);
}

export function formatDate(iso: string): string {
  return new Date(iso).toLocaleDateString("en", { day: "numeric", month: "short", year: "numeric" });
}

export function formatDateTime(iso: string): string {
  return new Date(iso).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });
}

/** "1 post", "2,000 posts". */
export function countOf(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

/** 512 B, 14 kB, 3.2 MB: thousands, as people count. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`;
  return `${(bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)} MB`;
}

/** An amount of money in a currency that only the person knows. */
export function formatMoney(amount: number): string {
  const digits = amount > 0 && amount < 0.1 ? 4 : 2;
  return amount.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: digits });
}

/** A duration as a person would say it: "12 ms", "1.4 s", "3 min", "5 h", "2 d". */
export function formatMs(ms: number): string {
  if (ms < 1000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  if (seconds < 3600) return `${short(seconds / 60)} min`;
  if (seconds < 86_400) return `${short(seconds / 3600)} h`;
  return `${short(seconds / 86_400)} d`;
}

function short(value: number): string {
  return value < 10 ? value.toFixed(1).replace(".0", "") : String(Math.round(value));
}
