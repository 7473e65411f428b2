import { signal } from "@preact/signals";

/** Ages are shown in minutes at the finest, so half a minute is often enough. */
const TICK_MS = 30_000;

export const now = signal(Date.now());

export function connectClock(): () => void {
  const timer = setInterval(() => {
    now.value = Date.now();
  }, TICK_MS);
  return () => clearInterval(timer);
}

const STEPS: [limit: number, size: number, unit: string][] = [
  [3600, 60, "min"],
  [86_400, 3600, "h"],
  [86_400 * 30, 86_400, "d"],
];

/** "now", "5 min", "3 h", "12 d", then the date. */
export function age(iso: string, at: number): string {
  const seconds = Math.max(0, (at - Date.parse(iso)) / 1000);
  if (seconds < 60) return "now";
  for (const [limit, size, unit] of STEPS) {
    if (seconds < limit) return `${Math.floor(seconds / size)} ${unit}`;
  }
  return day(iso);
}

export function day(iso: string): string {
  return new Date(iso).toLocaleDateString("en", { day: "numeric", month: "short", year: "numeric" });
}

export function moment(iso: string): string {
  return new Date(iso).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });
}
