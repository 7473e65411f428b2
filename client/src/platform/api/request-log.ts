import { signal } from "@preact/signals";

/** Why something was sent or fetched, in words that the person reads. */
export type Purpose =
  | "Reading, writing, voting"
  | "Live news"
  | "Traces of your actions, without text"
  | "Counts of previews, without text"
  | "Server checks that you asked for"
  | "The model and index for this device"
  | "Your AI provider";

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
  ["/v1/previews/check", "Server checks that you asked for"],
  ["/v1/previews", "Counts of previews, without text"],
  ["/v1/telemetry", "Traces of your actions, without text"],
  ["/v1/device", "The model and index for this device"],
  ["/v1/stream", "Live news"],
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
  return PURPOSES.find(([prefix]) => url.startsWith(prefix))?.[1] ?? "Reading, writing, voting";
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
