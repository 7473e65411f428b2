import { computed, effect } from "@preact/signals";
import { user } from "../session/session";
import { parseTraceparent } from "../telemetry/span";
import { startSpan } from "../telemetry/tracer";
import type { StreamEventName, StreamEvents, StreamMessage } from "./events";
import { SharedStream } from "./shared-stream";

type Listener<Name extends StreamEventName> = (data: StreamEvents[Name]) => void;
type Listeners = { [Name in StreamEventName]: Set<Listener<Name>> };

const listeners: Listeners = { decision: new Set(), post: new Set(), counts: new Set() };
const stream = new SharedStream(
  {
    openSource: (url) => new EventSource(url),
    channel: new BroadcastChannel("ottit-stream"),
    locks: navigator.locks,
  },
  deliver,
);

export const streamState = computed(() => stream.state.value);

/** Calls `listener` for each event of one kind; the returned function stops it. */
export function onStream<Name extends StreamEventName>(name: Name, listener: Listener<Name>): () => void {
  listeners[name].add(listener);
  return () => {
    listeners[name].delete(listener);
  };
}

/** Listens while somebody is signed in. */
export function connectStream(): () => void {
  const userId = computed(() => user.value?.id);
  return effect(() => {
    if (!userId.value) return;
    stream.connect();
    return () => stream.disconnect();
  });
}

function deliver(message: StreamMessage): void {
  switch (message.name) {
    case "decision":
      recordArrival(message.data.traceparent, message.data.post_id, message.data.decision.outcome);
      tell("decision", message.data);
      break;
    case "post":
      tell("post", message.data);
      break;
    case "counts":
      tell("counts", message.data);
      break;
  }
}

function tell<Name extends StreamEventName>(name: Name, data: StreamEvents[Name]): void {
  for (const listener of listeners[name]) listener(data);
}

/** The last hop of a post's trace: the decision has reached the author's browser. */
function recordArrival(traceparent: string | undefined, postId: string, outcome: string): void {
  const context = parseTraceparent(traceparent);
  if (!context) return;
  const span = startSpan("client.arrival", context);
  span.set("ottit.post.id", postId);
  span.set("ottit.outcome", outcome);
  span.end();
}
