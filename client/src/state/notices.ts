import { signal } from "@preact/signals";
import { isAbort } from "../api/api";
import { type Description, describe } from "./describe";

export interface Notice extends Description {
  key: number;
  tone: "problem" | "news";
}

/** What the person has to be told right now, wherever they are. */
export const notices = signal<readonly Notice[]>([]);

/** Long enough to read two lines twice. */
const SHOWN_MS = 9000;
let lastKey = 0;

/** The funnel for errors that no screen shows in its own place. */
export function report(error: unknown, safe?: string): void {
  if (isAbort(error)) return;
  add({ ...describe(error, safe), tone: "problem" });
}

export function announce(title: string): void {
  add({ title, detail: "", tone: "news" });
}

export function dismiss(key: number): void {
  notices.value = notices.value.filter((notice) => notice.key !== key);
}

function add(notice: Omit<Notice, "key">): void {
  if (notices.value.some(({ title }) => title === notice.title)) return;
  lastKey += 1;
  const key = lastKey;
  notices.value = [...notices.value.slice(-2), { ...notice, key }];
  setTimeout(() => dismiss(key), SHOWN_MS);
}
