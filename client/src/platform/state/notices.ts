import { signal } from "@preact/signals";
import { isAbort } from "../api/client";
import { ApiProblem } from "../api/problem";

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
  add({ ...describeError(error, safe), tone: "problem" });
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

export interface Description {
  /** What happened. */
  title: string;
  /** What is safe, and what to do. */
  detail: string;
}

/** Codes whose own words would not help the person who reads them. */
const PLAIN: Record<string, string> = {
  wrong_credentials: "Handle and password do not fit together.",
  wrong_password: "That is not your password.",
  handle_taken: "That handle is taken. Try another one.",
  community_exists: "A community of that name exists already.",
  community_unknown: "There is no community of that name (any more).",
  view_behind: "The server is catching up.",
  csrf_mismatch: "This page was opened in another session. Reload it; your text is kept.",
  revision_conflict: "This post has changed since you opened it. Reload it to see the newest version.",
};

/** Puts any error into words for the person: what happened, what is safe, what to do. */
export function describeError(error: unknown, safe = ""): Description {
  if (!(error instanceof ApiProblem)) return { title: "Something went wrong in this page.", detail: safe };
  return { title: titleOf(error), detail: [safe, adviceFor(error)].filter(Boolean).join(" ") };
}

function titleOf(problem: ApiProblem): string {
  const plain = PLAIN[problem.code];
  if (plain) return plain;
  if (problem.unreachable) {
    return navigator.onLine ? "The server does not answer." : "You are offline.";
  }
  if (problem.status === 401) return "You are signed out.";
  if (problem.status === 404) return "There is nothing at this address.";
  if (problem.status === 429) return "That was a lot at once.";
  if (problem.status >= 500) return "The server could not do this right now.";
  return problem.detail || problem.message;
}

function adviceFor(problem: ApiProblem): string {
  if (problem.unreachable) return "Try again when the connection is back.";
  if (problem.status === 401) return "Sign in again to go on.";
  if (problem.status === 429)
    return problem.retryAfter ? `Try again in ${problem.retryAfter} s.` : "Wait a moment.";
  if (problem.status >= 500) return "Try again in a moment.";
  return "";
}
