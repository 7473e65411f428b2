import { effect } from "@preact/signals";
import { isProblem } from "../platform/api/client";
import { serverUnreachable } from "../platform/api/connectivity";
import { online } from "../platform/browser/online-viewport-clock";
import { restoreSession } from "../platform/state/session";
import { streamState } from "../platform/stream/stream-subscriptions";

/** Short at first, because a restart takes seconds. The last delay repeats during long outages. */
const RETRY_DELAYS_MS = [1000, 1000, 2000, 4000, 8000];

/** Checks the server when the event stream breaks, then retries until the server answers again. */
export function connectServerReconnect(): () => void {
  const stops = [
    effect(() => {
      if (streamState.value === "waiting") void checkServer();
    }),
    effect(() => (serverUnreachable.value && online.value ? retryUntilReachable() : undefined)),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function retryUntilReachable(): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const scheduleRetry = (tries: number) => {
    const retry = async () => {
      await checkServer();
      if (serverUnreachable.peek()) scheduleRetry(tries + 1);
    };
    timer = setTimeout(() => void retry(), RETRY_DELAYS_MS[Math.min(tries, RETRY_DELAYS_MS.length - 1)]);
  };
  scheduleRetry(0);
  return () => clearTimeout(timer);
}

/** Ignores failed requests: the connectivity banner shows them. */
async function checkServer(): Promise<void> {
  try {
    await restoreSession();
  } catch (error) {
    if (!isProblem(error)) throw error;
  }
}
