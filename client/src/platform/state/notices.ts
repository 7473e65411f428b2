import { signal } from "@preact/signals";
import { isAbort } from "../api/client";
import { type Description, describeError } from "./error-messages";

export interface Notice extends Description {
  key: number;
  tone: "problem" | "news";
}

/** Messages for the user that are shown on every screen. */
export const notices = signal<readonly Notice[]>([]);

/** Long enough to read two lines twice. */
const SHOWN_MS = 9000;
let lastKey = 0;

/** Shows an error above every screen. `safe` says what is not lost. */
export function report(error: unknown, safe?: string): void {
  if (isAbort(error)) return;
  add({ ...describeError(error, safe), tone: "problem" });
}

/** Shows a success message. */
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
