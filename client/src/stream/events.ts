import type { Decision, PostState, Votes } from "../api/types";

interface Traced {
  traceparent: string | null;
}

/** What `/v1/stream` sends. Every `data` carries the trace that caused it. */
export interface StreamEvents {
  decision: Traced & { post_id: string; revision: number; state: PostState; decision: Decision | null };
  post: Traced & { post_id: string; community: string; is_comment: boolean; root_id: string | null };
  /** Others could see this post, and cannot any more. */
  gone: Traced & { post_id: string };
  counts: Traced & Votes & { post_id: string; comments: number };
}

export type StreamEventName = keyof StreamEvents;
export const STREAM_EVENTS: readonly StreamEventName[] = ["decision", "post", "gone", "counts"];

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
