import { computed, effect, signal } from "@preact/signals";
import { recordedEventSource } from "../api/request-log";
import { can, sessionKnown, user } from "../state/session";
import { parseTraceparent } from "../telemetry/span";
import { startSpan } from "../telemetry/tracer";
import {
  SharedStream,
  STREAM_EVENTS,
  type StreamEventName,
  type StreamEvents,
  type StreamMessage,
  type StreamState,
} from "./shared-stream";

type Listener<Name extends StreamEventName> = (data: StreamEvents[Name]) => void;
type Listeners = { [Name in StreamEventName]: Set<Listener<Name>> };

const listeners: Listeners = {
  decision: new Set(),
  account: new Set(),
  post: new Set(),
  gone: new Set(),
  counts: new Set(),
};
const host = {
  openSource: (url: string) => recordedEventSource(url, STREAM_EVENTS),
  openChannel: (name: string) => new BroadcastChannel(name),
  locks: navigator.locks,
};
const current = signal<SharedStream | null>(null);

export const streamState = computed<StreamState>(() => current.value?.state.value ?? "off");

/** Calls `listener` for each event of one kind; the returned function stops it. */
export function onStream<Name extends StreamEventName>(name: Name, listener: Listener<Name>): () => void {
  listeners[name].add(listener);
  return () => {
    listeners[name].delete(listener);
  };
}

/** Follows the stream of the current session, a visitor's too; the returned function stops it. */
export function connectStream(): () => void {
  const listener = computed(() =>
    sessionKnown.value && can("follow_stream") ? (user.value?.id ?? "visitor") : null,
  );
  return effect(() => {
    if (listener.value === null) return;
    const stream = new SharedStream(`ottit-stream.${listener.value}`, host, deliver);
    stream.connect();
    current.value = stream;
    return () => stream.disconnect();
  });
}

function deliver(message: StreamMessage): void {
  switch (message.name) {
    case "decision":
      recordArrival(message.data.traceparent, message.data.post_id, message.data.state);
      emit("decision", message.data);
      break;
    case "account":
      emit("account", message.data);
      break;
    case "post":
      emit("post", message.data);
      break;
    case "gone":
      emit("gone", message.data);
      break;
    case "counts":
      emit("counts", message.data);
      break;
  }
}

function emit<Name extends StreamEventName>(name: Name, data: StreamEvents[Name]): void {
  for (const listener of listeners[name]) listener(data);
}

/** Ends a post's trace with a span: the decision has reached the author's browser. */
function recordArrival(traceparent: string | null, postId: string, outcome: string): void {
  const context = parseTraceparent(traceparent);
  if (!context) return;
  const span = startSpan("client decision arrives", context);
  span.set("ottit.post_id", postId);
  span.set("ottit.outcome", outcome);
  span.end();
}
