import { effect } from "@preact/signals";
import { isProblem } from "../platform/api/client";
import { serverUnreachable } from "../platform/api/connectivity";
import { online } from "../platform/browser/signals";
import { restoreSession } from "../platform/state/session";
import { streamState } from "../platform/stream/stream";

/** A restart takes seconds; an outage of an hour is not worth a request every second. The last one repeats. */
const PAUSES_MS = [1000, 1000, 2000, 4000, 8000];

/** Finds out that the server went, also when nobody asks it for anything, and asks until it is back. */
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

/** Silence is shown by the line that says so; here it is not worth an error. */
async function tryServer(): Promise<void> {
  try {
    await restoreSession();
  } catch (error) {
    if (!isProblem(error)) throw error;
  }
}
