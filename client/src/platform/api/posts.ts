import type { Span } from "../telemetry/span";
import { api } from "./client";
import type { Accepted, Comment, Page, Post, SearchItem, Timeline, Votes, VoteValue } from "./types";

/** Limits of the gateway, in characters. */
export const TITLE_LIMIT = 300;
export const BODY_LIMIT = 40_000;
/** Limit for the reason of a report, appeal, rejection or suspension: long enough to explain, short enough to read. */
export const REASON_LIMIT = 1000;

export interface NewPost {
  id: string;
  community: string;
  title?: string;
  body: string;
  parent_id?: string;
  /** The last preview of this text, by `logPreview`. It does not influence the decision. */
  preview_id?: string;
}

export interface PostChange {
  title?: string;
  body: string;
  revision: number;
  preview_id?: string;
}

/** The request that submits or edits a text. It can be stored and sent again: the server stores it once. */
export interface TextRequest {
  method: "POST" | "PATCH";
  path: `/v1/posts${string}`;
  body: NewPost | PostChange;
}

export const newPost = (post: NewPost): TextRequest => ({ method: "POST", path: "/v1/posts", body: post });

export const postChange = (id: string, change: PostChange): TextRequest => ({
  method: "PATCH",
  path: `/v1/posts/${id}`,
  body: change,
});

export const sendText = ({ method, path, body }: TextRequest, parent: Span) =>
  api<Accepted>(path, { method, body, parent });

export const withdrawPost = (id: string) => api<Accepted>(`/v1/posts/${id}`, { method: "DELETE" });

/** Reads a post. With `after`, the server waits up to 2 s until its view has reached that sequence. */
export const readPost = (id: string, signal?: AbortSignal, after?: number) =>
  api<Post>(`/v1/posts/${id}`, { query: { after }, ...(signal ? { signal } : {}) });

export const readComments = (id: string, signal: AbortSignal) =>
  api<Page<Comment>>(`/v1/posts/${id}/comments`, { signal });

export const readRelated = (id: string, signal: AbortSignal) =>
  api<Page<SearchItem>>(`/v1/posts/${id}/related`, { signal });

export const readTimeline = (id: string, signal: AbortSignal) =>
  api<Timeline>(`/v1/posts/${id}/timeline`, { signal });

export const castVote = (id: string, value: VoteValue, parent: Span) =>
  api<{ votes: Votes }>(`/v1/posts/${id}/vote`, { method: "PUT", body: { value }, parent });

/** Records that the user has read a post or wants less like it. It changes their own feed only. */
export const markPost = (id: string, kind: "read" | "less") =>
  api<void>(`/v1/posts/${id}/read`, { method: "POST", body: { kind } });

export const appealDecision = (id: string, reason: string) =>
  api<unknown>(`/v1/posts/${id}/appeal`, { method: "POST", body: { reason } });

export const reportPost = (id: string, reason: string) =>
  api<unknown>(`/v1/posts/${id}/report`, { method: "POST", body: { reason } });
