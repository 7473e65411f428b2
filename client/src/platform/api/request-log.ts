import { signal } from "@preact/signals";
import { hostPath } from "../browser/base-path";

/** The purpose of a request. The request log on the device screen names it. */
export type Purpose =
  | "content"
  | "live_updates"
  | "traces"
  | "preview_summaries"
  | "server_checks"
  | "device_model"
  | "own_provider";

export interface RequestLogEntry {
  /** Empty for this site. */
  origin: string;
  purpose: Purpose;
  requests: number;
  /** Bytes of request bodies. */
  sent: number;
  /** Bytes of answers, from the Content-Length header or as they were read. */
  received: number;
}

/** The requests of this page since it was loaded, by origin and purpose. Kept in memory only. */
export const requestLog = signal<readonly RequestLogEntry[]>([]);

const PURPOSES: [prefix: string, purpose: Purpose][] = [
  ["/v1/previews/check", "server_checks"],
  ["/v1/previews", "preview_summaries"],
  ["/v1/telemetry", "traces"],
  ["/v1/device", "device_model"],
  ["/v1/stream", "live_updates"],
];

/** The browser's `fetch` with an entry in the request log. All requests of the page use it. */
export async function recordedFetch(url: string, init: RequestInit = {}, purpose = purposeOf(url)) {
  const count = counter(url, purpose);
  count({ requests: 1, sent: sizeOf(init.body) });
  const response = await fetch(hostPath(url), init);
  const announced = Number(response.headers.get("content-length"));
  if (announced > 0) count({ received: announced });
  else void countRead(response, count);
  return response;
}

/** An EventSource whose messages are counted in the request log. */
export function recordedEventSource(url: string, names: readonly string[]): EventSource {
  const count = counter(url, purposeOf(url));
  const source = new EventSource(hostPath(url));
  source.addEventListener("open", () => count({ requests: 1 }));
  for (const name of names) {
    source.addEventListener(name, (event) => count({ received: sizeOf(String(event.data)) }));
  }
  return source;
}

/** Logs a request that a worker made. */
export function recordWorkerRequest(url: string, received: number): void {
  counter(url, purposeOf(url))({ requests: 1, received });
}

type Amounts = Partial<Pick<RequestLogEntry, "requests" | "sent" | "received">>;

function counter(url: string, purpose: Purpose): (amounts: Amounts) => void {
  const own = globalThis.location?.origin;
  const origin = URL.canParse(url) && new URL(url).origin !== own ? new URL(url).origin : "";
  return ({ requests = 0, sent = 0, received = 0 }) => {
    const known = requestLog.peek();
    const entry = known.find((row) => row.origin === origin && row.purpose === purpose);
    const before = entry ?? { origin, purpose, requests: 0, sent: 0, received: 0 };
    const after: RequestLogEntry = {
      ...before,
      requests: before.requests + requests,
      sent: before.sent + sent,
      received: before.received + received,
    };
    requestLog.value = entry ? known.map((row) => (row === entry ? after : row)) : [...known, after];
  };
}

function purposeOf(url: string): Purpose {
  return PURPOSES.find(([prefix]) => url.startsWith(prefix))?.[1] ?? "content";
}

async function countRead(response: Response, count: (amounts: Amounts) => void): Promise<void> {
  const reader = response.clone().body?.getReader();
  let received = 0;
  try {
    // Piece by piece, so that an endless answer does not fill the memory.
    for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
      received += piece.value.byteLength;
    }
  } catch {
    // The answer was cut off; the bytes so far count.
  }
  count({ received });
}

function sizeOf(body: unknown): number {
  if (typeof body === "string") return new TextEncoder().encode(body).byteLength;
  return body instanceof Blob ? body.size : body instanceof ArrayBuffer ? body.byteLength : 0;
}
