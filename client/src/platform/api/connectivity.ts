import { signal } from "@preact/signals";

/** Whether the last request stayed without an answer of the server. */
export const serverUnreachable = signal(false);
/** Counts the requests that were refused because nobody is signed in (any more). */
export const sessionRefused = signal(0);

/** What a proxy answers for a server that is not there. */
const NO_SERVER: ReadonlySet<number> = new Set([502, 504]);

/** @param status of the answer; 0: none came */
export function noteResponse(status: number): void {
  serverUnreachable.value = status === 0 || NO_SERVER.has(status);
  if (status === 401) sessionRefused.value += 1;
}

/** Calls `listener` each time the server is back; the returned function stops it. */
export function onReconnect(listener: () => void): () => void {
  let was = serverUnreachable.peek();
  return serverUnreachable.subscribe((away) => {
    const back = was && !away;
    was = away;
    if (back) listener();
  });
}
