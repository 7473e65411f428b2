import { signal } from "@preact/signals";

/** True after a request that the server did not answer, until one is answered. */
export const serverUnreachable = signal(false);
/** Number of requests that were refused because there was no session. */
export const sessionRefused = signal(0);

/** Statuses with which a proxy answers for an unreachable server. */
const NO_SERVER: ReadonlySet<number> = new Set([502, 504]);

/** Records the status of an answer; 0 means that none came. */
export function noteResponse(status: number): void {
  serverUnreachable.value = status === 0 || NO_SERVER.has(status);
  if (status === 401) sessionRefused.value += 1;
}

/** Calls `listener` each time the server answers again; the returned function stops it. */
export function onReconnect(listener: () => void): () => void {
  let wasUnreachable = serverUnreachable.peek();
  return serverUnreachable.subscribe((isUnreachable) => {
    const isBack = wasUnreachable && !isUnreachable;
    wasUnreachable = isUnreachable;
    if (isBack) listener();
  });
}
