import { effect } from "@preact/signals";
import { isProblem } from "../platform/api/client";
import { serverUnreachable } from "../platform/api/connectivity";
import { online } from "../platform/browser/signals";
import { restoreSession } from "../platform/state/session";
import { streamState } from "../platform/stream/stream";

/** Short at first, because a restart takes seconds. The last pause repeats during long outages. */
const PAUSES_MS = [1000, 1000, 2000, 4000, 8000];

/** Checks the server when the event stream breaks, then retries until the server answers again. */
export function connectRecovery(): () => void {
  const stops = [
    effect(() => {
      if (streamState.value === "waiting") void tryServer();
    }),
    effect(() => (serverUnreachable.value && online.value ? retryUntilBack() : undefined)),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function retryUntilBack(): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const wait = (tries: number) => {
    const again = async () => {
      await tryServer();
      if (serverUnreachable.peek()) wait(tries + 1);
    };
    timer = setTimeout(() => void again(), PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)]);
  };
  wait(0);
  return () => clearTimeout(timer);
}

/** Ignores failed requests: the connectivity banner shows them. */
async function tryServer(): Promise<void> {
  try {
    await restoreSession();
  } catch (error) {
    if (!isProblem(error)) throw error;
  }
}
