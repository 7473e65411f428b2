import { type Signal, signal } from "@preact/signals";
import type { Decision, PostState, Votes } from "../api/types";

export type StreamState = "off" | "connecting" | "live" | "waiting";

/** Browser functions that the stream needs; tests replace them. */
export interface StreamHost {
  openSource: (url: string) => EventSource;
  openChannel: (name: string) => BroadcastChannel;
  locks: Pick<LockManager, "request">;
}

/** A message between tabs. `ask`: a new tab asks for the state of the stream. */
interface PeerMessage {
  ask?: true;
  state?: StreamState;
  message?: StreamMessage;
}

/** EventSource does not retry after a refusal. Live updates should not pause for longer than this. */
const RETRY_MS = 4000;

/**
 * One EventSource for all tabs of this browser: HTTP/1.1 allows six connections per origin. The tab that
 * holds the lock listens and forwards events to the others. When it closes, the next tab continues after the last
 * event that any tab has seen.
 */
export class SharedStream {
  readonly state: Signal<StreamState> = signal("off");
  private lastId = "";
  private source: EventSource | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private abort = new AbortController();

  private readonly channel: BroadcastChannel;

  /** @param name contains the user's id: tabs with another session share another stream */
  constructor(
    private readonly name: string,
    private readonly host: StreamHost,
    private readonly deliver: (message: StreamMessage) => void,
  ) {
    this.channel = host.openChannel(name);
  }

  connect(): void {
    this.abort = new AbortController();
    this.state.value = "connecting";
    this.channel.addEventListener("message", this.onPeer);
    this.channel.postMessage({ ask: true });
    const { signal } = this.abort;
    const untilDisconnected = () =>
      new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    const listenAsLeader = () => {
      this.open();
      return untilDisconnected();
    };
    void this.host.locks.request(this.name, { signal }, listenAsLeader).catch(() => undefined);
  }

  disconnect(): void {
    this.abort.abort();
    clearTimeout(this.retry);
    this.source?.close();
    this.source = undefined;
    this.channel.close();
    this.state.value = "off";
  }

  private open(): void {
    if (this.abort.signal.aborted) return;
    const resume = this.lastId ? `?last_event_id=${encodeURIComponent(this.lastId)}` : "";
    const source = this.host.openSource(`/v1/stream${resume}`);
    this.source = source;
    source.addEventListener("open", () => this.setState("live"));
    source.addEventListener("error", () => this.reopen(source));
    for (const name of STREAM_EVENTS) {
      source.addEventListener(name, (event) => {
        const message = parseMessage(name, event.lastEventId, String(event.data));
        if (message) this.share(message);
      });
    }
  }

  /** Reopens a refused stream (a restart, a lost session). EventSource reopens dropped connections itself. */
  private reopen(source: EventSource): void {
    this.setState("waiting");
    if (source.readyState !== EventSource.CLOSED) return;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.open(), RETRY_MS);
  }

  private setState(state: StreamState): void {
    this.state.value = state;
    this.channel.postMessage({ state });
  }

  private share(message: StreamMessage): void {
    this.channel.postMessage({ message });
    this.receive(message);
  }

  private receive(message: StreamMessage): void {
    if (message.id) this.lastId = message.id;
    this.deliver(message);
  }

  private readonly onPeer = ({ data }: MessageEvent<PeerMessage>): void => {
    if (data.ask && this.source) this.setState(this.state.value);
    if (data.state) this.state.value = data.state;
    if (data.message) {
      this.state.value = "live";
      this.receive(data.message);
    }
  };
}

interface Traced {
  traceparent: string | null;
}

/** Events of `/v1/stream` by name. Each carries the trace that caused it. */
export interface StreamEvents {
  decision: Traced & { post_id: string; revision: number; state: PostState; decision: Decision | null };
  post: Traced & { post_id: string; community: string; is_comment: boolean; root_id: string | null };
  /** The post was public and no longer is. */
  gone: Traced & { post_id: string };
  /** Roles or standing of this user changed. */
  account: Traced;
  counts: Traced & Votes & { post_id: string; comments: number };
}

export type StreamEventName = keyof StreamEvents;
export const STREAM_EVENTS: readonly StreamEventName[] = ["decision", "account", "post", "gone", "counts"];

/** One event as plain data, as it is sent between tabs. */
export type StreamMessage = {
  [Name in StreamEventName]: { name: Name; id: string; data: StreamEvents[Name] };
}[StreamEventName];

/** Parses an event of the stream; null if it is not a JSON object. */
export function parseMessage(name: StreamEventName, id: string, text: string): StreamMessage | null {
  try {
    const data: unknown = JSON.parse(text);
    return data !== null && typeof data === "object" ? ({ name, id, data } as StreamMessage) : null;
  } catch {
    return null;
  }
}
