import { api } from "../../platform/api/client";
import type { Accepted, Claim, Outcome, Page, Post, QueueItem } from "../../platform/api/types";

/** What a person decides about a post, and why. */
export interface Ruling {
  outcome: Outcome;
  reason: string;
}

/** The gateway gives so many at a time; fewer are the last ones. */
const PAGE = 50;

/** What waits for a person, the oldest first; the last post's sequence leads on. */
export async function readReviewQueue(cursor?: string, signal?: AbortSignal): Promise<Page<QueueItem>> {
  const call = { query: { cursor }, ...(signal ? { signal } : {}) };
  const { items } = await api<Page<QueueItem>>("/v1/review/queue", call);
  const last = items.at(-1);
  return { items, next: last && items.length >= PAGE ? String(last.post.sequence) : null };
}

/** Outlives the page: what was decided is sent also when the person leaves. */
export const decideReview = ({ id, revision, sequence }: Post, ruling: Ruling) =>
  api<Accepted>(`/v1/review/${id}/decision`, {
    method: "POST",
    body: { ...ruling, revision, sequence },
    keepalive: true,
  });

/** Tells colleagues that this person looks at a post; 409 `claimed` while one of them does. */
export const claimReview = (id: string) => api<Claim>(`/v1/review/${id}/claim`, { method: "POST" });

/** Leaves a post to colleagues, also when the page goes away. */
export const releaseReview = (id: string) =>
  api<void>(`/v1/review/${id}/claim`, { method: "DELETE", keepalive: true });
