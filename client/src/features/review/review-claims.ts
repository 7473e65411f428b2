import { signal } from "@preact/signals";
import { api, isProblem } from "../../platform/api/client";
import type { Claim } from "../../platform/api/types";

/** Time on a post before it is claimed, so that moving past a post does not claim it. */
const DWELL_MS = 1500;

/** Tells other moderators which post this one is looking at. Claims are only a hint, so failures are ignored. */
export class ReviewClaims {
  /** Ids of posts that another moderator has claimed. */
  readonly taken = signal<ReadonlySet<string>>(new Set());
  private timer: ReturnType<typeof setTimeout> | undefined;
  private mine: string | undefined;

  /** Releases the previous post and, after the dwell time, claims this one. */
  moveTo(id: string | undefined): void {
    if (id !== undefined && id === this.mine) return;
    this.leave();
    if (id !== undefined) this.timer = setTimeout(() => void this.claim(id), DWELL_MS);
  }

  /** Releases the current post. */
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

export const claims = new ReviewClaims();

/** Claims a post; 409 `claimed` while another moderator has it. */
export const claimReview = (id: string) => api<Claim>(`/v1/review/${id}/claim`, { method: "POST" });

/** Releases a post, also when the page is being closed. */
export const releaseReview = (id: string) =>
  api<void>(`/v1/review/${id}/claim`, { method: "DELETE", keepalive: true });
