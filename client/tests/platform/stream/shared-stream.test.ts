import { beforeEach, expect, test, vi } from "vitest";
import { SharedStream, type StreamMessage } from "../../../src/platform/stream/shared-stream";

class FakeSource extends EventTarget {
  readyState = 1;
  constructor(readonly url: string) {
    super();
  }
  close(): void {
    this.readyState = 2;
  }
  send(id: number, data: object): void {
    this.dispatchEvent(new MessageEvent("counts", { lastEventId: String(id), data: JSON.stringify(data) }));
  }
}

/** One browser: its tabs share a channel and a lock. */
class FakeBrowser {
  readonly sources: FakeSource[] = [];
  readonly received: StreamMessage[][] = [];
  private readonly channels = new Set<EventTarget>();
  private queue: Promise<unknown> = Promise.resolve();

  tab(): SharedStream {
    const inbox: StreamMessage[] = [];
    this.received.push(inbox);
    const host = {
      openSource: this.openSource,
      openChannel: this.openChannel,
      locks: { request: this.request },
    };
    return new SharedStream("test", host as never, (message) => inbox.push(message));
  }

  private readonly openSource = (url: string) => {
    const source = new FakeSource(url);
    this.sources.push(source);
    return source;
  };

  private readonly openChannel = () => {
    const channel = Object.assign(new EventTarget(), {
      postMessage: (data: unknown) => {
        for (const other of this.channels) {
          if (other !== channel) other.dispatchEvent(new MessageEvent("message", { data }));
        }
      },
      close: () => this.channels.delete(channel),
    });
    this.channels.add(channel);
    return channel;
  };

  private readonly request = (_: string, options: { signal: AbortSignal }, hold: () => Promise<void>) => {
    const turn = this.queue.then(() => (options.signal.aborted ? undefined : hold()));
    this.queue = turn;
    return turn;
  };
}

const soon = () => new Promise((resolve) => setTimeout(resolve, 0));

beforeEach(() => {
  vi.stubGlobal("EventSource", { CLOSED: 2 });
});

test("two tabs share one connection and both get every event", async () => {
  const browser = new FakeBrowser();
  browser.tab().connect();
  browser.tab().connect();
  await soon();
  expect(browser.sources).toHaveLength(1);
  browser.sources[0]?.send(7, { post_id: "p" });
  expect(browser.received.map((inbox) => inbox.map((message) => message.id))).toEqual([["7"], ["7"]]);
});

test("a new tab learns that the stream is live", async () => {
  const browser = new FakeBrowser();
  const [first, second] = [browser.tab(), browser.tab()];
  first.connect();
  await soon();
  browser.sources[0]?.dispatchEvent(new Event("open"));
  second.connect();
  await soon();
  expect(second.state.value).toBe("live");
});

test("when the leading tab closes, the next one resumes after the last event", async () => {
  const browser = new FakeBrowser();
  const [first, second] = [browser.tab(), browser.tab()];
  first.connect();
  second.connect();
  await soon();
  browser.sources[0]?.send(41, { post_id: "p" });
  first.disconnect();
  await soon();
  expect(browser.sources[0]?.readyState).toBe(2);
  expect(browser.sources[1]?.url).toBe("/v1/stream?last_event_id=41");
});

test("a disconnected tab gets no events", async () => {
  const browser = new FakeBrowser();
  const [first, second] = [browser.tab(), browser.tab()];
  first.connect();
  second.connect();
  await soon();
  second.disconnect();
  browser.sources[0]?.send(8, { post_id: "p" });
  expect(browser.received[1]).toEqual([]);
});

test("a refused connection is tried again after a while", async () => {
  vi.useFakeTimers();
  const browser = new FakeBrowser();
  const tab = browser.tab();
  tab.connect();
  await vi.advanceTimersByTimeAsync(0);
  browser.sources[0]?.close();
  browser.sources[0]?.dispatchEvent(new Event("error"));
  expect(tab.state.value).toBe("waiting");
  await vi.runOnlyPendingTimersAsync();
  expect(browser.sources).toHaveLength(2);
  vi.useRealTimers();
});

test("an event that is not an object is dropped", async () => {
  const browser = new FakeBrowser();
  browser.tab().connect();
  await soon();
  browser.sources[0]?.dispatchEvent(new MessageEvent("counts", { lastEventId: "9", data: "not json" }));
  expect(browser.received[0]).toEqual([]);
});
