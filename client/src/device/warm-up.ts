import type { RemoteModel } from "./remote";

/** A browser compiles WebAssembly better once it has run for a while: the first thirty runs are the slow ones. */
const WARM_UP_RUNS = 30;
/** A person who types comes first, and looks again as soon as there is a quiet moment. */
const BUSY_MS = 500;
const WORDS =
  "the quick answer comes when nobody waits for it and the page is quiet enough to practise ".repeat(3);

/** Runs of growing length, one in each idle moment of the page. Resolves false where it was stopped. */
export async function warmUp(model: RemoteModel, signal: AbortSignal): Promise<boolean> {
  for (let run = 0; run < WARM_UP_RUNS; ) {
    await idle();
    if (signal.aborted) return false;
    if (model.busy) {
      await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
      continue;
    }
    const done = await model.assess(WORDS.slice(0, 20 + 8 * run), signal);
    if (done) run += 1;
  }
  return true;
}

function idle(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof requestIdleCallback === "function") requestIdleCallback(() => resolve(), { timeout: BUSY_MS });
    else setTimeout(resolve);
  });
}
