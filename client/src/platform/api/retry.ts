import { isProblem } from "./client";

/** Statuses of failures that pass: no answer, too many requests, a part of the server away, overloaded or full. */
const TEMPORARY: ReadonlySet<number> = new Set([0, 429, 502, 503, 504, 507]);
/** Waits without a Retry-After header: short at first, because a restart takes seconds. The last one repeats. */
const WAITS_S = [2, 4, 8, 15, 30];

/** Whether the same request may succeed later. */
export function isTemporary(error: unknown): boolean {
  return isProblem(error) && TEMPORARY.has(error.status);
}

/**
 * Seconds to wait before the same request is sent again: at least as long as the server asked for.
 *
 * @param failures how often the request has failed, from 1
 */
export function waitSeconds(error: unknown, failures: number): number {
  const own = WAITS_S[Math.min(failures, WAITS_S.length) - 1] ?? 0;
  return Math.max(own, (isProblem(error) && error.retryAfter) || 0);
}

/** Sends an idempotent request, up to `tries` times while it fails temporarily. @throws what the last try threw */
export async function withRetries<Answer>(send: () => Promise<Answer>, tries: number): Promise<Answer> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await send();
    } catch (error) {
      if (failures >= tries || !isTemporary(error)) throw error;
      const wait = 1000 * waitSeconds(error, failures);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
