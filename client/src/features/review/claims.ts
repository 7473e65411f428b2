import { signal } from "@preact/signals";
import { api, isProblem } from "../../platform/api/client";
import type { Claim } from "../../platform/api/types";

/** Who only passes by claims nothing. */
const DWELL_MS = 1500;

/** What this person looks at, told to colleagues. It binds nobody, so a failure is no matter. */
export class Claims {
  /** The posts that turned out to be a colleague's. */
  readonly taken = signal<ReadonlySet<string>>(new Set());
  private timer: ReturnType<typeof setTimeout> | undefined;
  private mine: string | undefined;

  /** The person is at this post now, or at none, and no longer at the one before. */
  moveTo(id: string | undefined): void {
    if (id !== undefined && id === this.mine) return;
    this.leave();
    if (id !== undefined) this.timer = setTimeout(() => void this.claim(id), DWELL_MS);
  }

  leave(): void {
    clearTimeout(this.timer);
    if (this.mine !== undefined) void releaseReview(this.mine).catch(() => undefined);
    this.mine = undefined;
  }

  private async claim(id: string): Promise<void> {
    this.mine = id;
    try {
      await claimReview(id);
      this.mark(id, false);
    } catch (error) {
      if (isProblem(error, "claimed")) this.mark(id, true);
      if (this.mine === id) this.mine = undefined;
    }
  }

  private mark(id: string, taken: boolean): void {
    const all = new Set(this.taken.value);
    if (taken) all.add(id);
    else all.delete(id);
    this.taken.value = all;
  }
}

export const claims = new Claims();

/** Tells colleagues that this person looks at a post; 409 `claimed` while one of them does. */
export const claimReview = (id: string) => api<Claim>(`/v1/review/${id}/claim`, { method: "POST" });

/** Leaves a post to colleagues, also when the page goes away. */
export const releaseReview = (id: string) =>
  api<void>(`/v1/review/${id}/claim`, { method: "DELETE", keepalive: true });
