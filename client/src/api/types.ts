/** The models of `/v1`, as the client needs them. */

export type PostState = "pending" | "published" | "held" | "rejected" | "withdrawn";
export type Outcome = "published" | "held" | "rejected";
export type Sort = "for_you" | "hot" | "new" | "top";
export type Window = "hour" | "day" | "week" | "month" | "year" | "all";
export type VoteValue = -1 | 0 | 1;

export interface Author {
  id: string;
  handle: string;
}

/** Code-point offsets into title, blank line, body; just the body where there is no title. */
export interface TextSpan {
  start: number;
  end: number;
}

export interface Reason {
  rule: string;
  category: string;
  message: string;
  spans?: TextSpan[];
}

export interface Decision {
  outcome: Outcome;
  reasons: Reason[];
  policy?: { digest: string; version: number };
  engine?: string;
  model?: string;
  decided_by?: string;
  decided_at?: string;
  took_ms?: number;
  failure_mode?: string | null;
  appeal_until?: string | null;
}

export interface Votes {
  up: number;
  down: number;
  /** Up less down, with what an imported post had earned before. */
  score: number;
}

export interface Post {
  id: string;
  community: string;
  author: Author;
  title?: string | null;
  body: string;
  parent_id?: string | null;
  root_id?: string | null;
  state: PostState;
  revision: number;
  decision?: Decision | null;
  score: number;
  votes: Votes;
  my_vote: VoteValue;
  comments: number;
  created_at: string;
  edited_at?: string | null;
}

export interface Comment {
  post: Post;
  replies: Comment[];
}

export interface FeedItem {
  post: Post;
  score: number;
  parts: Record<string, number>;
}

export interface SearchItem {
  post: Post;
  score: number;
  why: string;
}

export interface Page<Item> {
  items: Item[];
  next?: string | null;
}

export interface Community {
  name: string;
  title: string;
  guideline: string;
  posts?: number;
}

export interface User {
  id: string;
  handle: string;
  roles: string[];
}

export interface Me {
  user: User;
  standing?: "good" | "suspended";
  csrf_token?: string | null;
}

export interface Profile {
  id: string;
  handle: string;
  joined_at: string;
  posts: number;
  comments: number;
  recent: Post[];
}

export interface Accepted {
  id: string;
  revision: number;
  sequence: number;
  state: PostState;
}

export interface Fact {
  sequence: number;
  type: string;
  occurred_at: string;
  actor: string;
  revision: number | null;
  outcome: string | null;
  took_ms: number | null;
}

/** `start_ns` and `end_ns` are unix nanoseconds: past 2^53, so a string or a rounded number. */
export interface TimelineSpan {
  name: string;
  service: string;
  trace_id: string;
  span_id: string;
  parent_span_id?: string | null;
  start_ns: number | string;
  end_ns: number | string;
  attributes?: Record<string, string | number | boolean>;
  status?: string | null;
}

export interface Timeline {
  /** A short code to quote. */
  code: string;
  facts: Fact[];
  spans: TimelineSpan[];
}
