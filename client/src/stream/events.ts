import type { Decision, PostState, Votes } from "../api/types";

/** What `/v1/stream` sends. Every `data` carries the trace that caused it. */
export interface StreamEvents {
  decision: { post_id: string; revision: number; state: PostState; decision: Decision; traceparent?: string };
  post: {
    post_id: string;
    community: string;
    author_id?: string;
    parent_id?: string | null;
    traceparent?: string;
  };
  counts: { post_id: string; votes?: Votes; comments?: number; traceparent?: string };
}

export type StreamEventName = keyof StreamEvents;
export const STREAM_EVENTS: readonly StreamEventName[] = ["decision", "post", "counts"];

/** One event as it travels between tabs: plain data. */
export type StreamMessage = {
  [Name in StreamEventName]: { name: Name; id: string; data: StreamEvents[Name] };
}[StreamEventName];

/** Reads what came over the wire; anything that is not an object is no event. */
export function parseMessage(name: StreamEventName, id: string, text: string): StreamMessage | null {
  try {
    const data: unknown = JSON.parse(text);
    return data !== null && typeof data === "object" ? ({ name, id, data } as StreamMessage) : null;
  } catch {
    return null;
  }
}
