import { signal } from "@preact/signals";

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
  /** Bytes of bodies, as they were handed to the browser. */
  sent: number;
  /** Bytes of answers, as the other side counted them, or as they were read. */
  received: number;
}

/** What this page has asked of whom since it was loaded. Kept in memory, told to nobody. */
export const requestLog = signal<readonly RequestLogEntry[]>([]);

const PURPOSES: [prefix: string, purpose: Purpose][] = [
  ["/v1/previews/check", "server_checks"],
  ["/v1/previews", "preview_summaries"],
  ["/v1/telemetry", "traces"],
  ["/v1/device", "device_model"],
  ["/v1/stream", "live_updates"],
];

/** The one `fetch` of the page: like the browser's, and written down. */
export async function recordedFetch(url: string, init: RequestInit = {}, purpose = purposeOf(url)) {
  const count = counter(url, purpose);
  count({ requests: 1, sent: sizeOf(init.body) });
  const response = await fetch(url, init);
  const said = Number(response.headers.get("content-length"));
  if (said > 0) count({ received: said });
  else void countRead(response, count);
  return response;
}

/** The one EventSource of the page, written down message by message. */
export function recordedEventSource(url: string, names: readonly string[]): EventSource {
  const count = counter(url, purposeOf(url));
  const source = new EventSource(url);
  source.addEventListener("open", () => count({ requests: 1 }));
  for (const name of names) {
    source.addEventListener(name, (event) => count({ received: sizeOf(String(event.data)) }));
  }
  return source;
}

/** For a worker, whose requests this page does not see: it tells what it has fetched. */
export function recordWorkerRequest(url: string, received: number): void {
  counter(url, purposeOf(url))({ requests: 1, received });
}

type Amounts = Partial<Pick<RequestLogEntry, "requests" | "sent" | "received">>;

function counter(url: string, purpose: Purpose): (amounts: Amounts) => void {
  const origin = URL.canParse(url) ? new URL(url).origin : "";
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
    // Piece by piece: whoever sends without end fills no memory here.
    for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
      received += piece.value.byteLength;
    }
  } catch {
    // Cut off: what came until then has come.
  }
  count({ received });
}

function sizeOf(body: unknown): number {
  if (typeof body === "string") return new TextEncoder().encode(body).byteLength;
  return body instanceof Blob ? body.size : body instanceof ArrayBuffer ? body.byteLength : 0;
}
