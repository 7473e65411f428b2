import { hex } from "../browser/uuid";

/** Names and attributes that the gateway accepts; it drops all others. Never text, handles or keys. */
export type SpanName =
  | "client submit"
  | "client decision arrives"
  | "client page"
  | "client search"
  | "client vote";
export type AttributeName = "http.response.status_code" | "ottit.post_id" | "ottit.route" | "ottit.outcome";

export interface SpanContext {
  traceId: string;
  spanId: string;
}

/** A piece of work with a start and an end, in unix nanoseconds. */
export class Span implements SpanContext {
  readonly spanId = randomHex(8);
  readonly startNs: bigint;
  readonly attributes = new Map<AttributeName, string | number>();
  endNs = 0n;
  failed = false;

  constructor(
    readonly name: SpanName,
    readonly traceId: string,
    readonly parentSpanId: string,
    private readonly done: (span: Span) => void,
    startMs: number = nowMs(),
  ) {
    this.startNs = toNs(startMs);
  }

  get traceparent(): string {
    return `00-${this.traceId}-${this.spanId}-01`;
  }

  set(name: AttributeName, value: string | number): void {
    this.attributes.set(name, value);
  }

  fail(): void {
    this.failed = true;
  }

  end(): void {
    if (this.endNs !== 0n) return;
    this.endNs = toNs(nowMs());
    this.done(this);
  }
}

export function randomHex(bytes: number): string {
  return hex(crypto.getRandomValues(new Uint8Array(bytes)));
}

/** Unix milliseconds with a fraction, unlike `Date.now()`. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

function toNs(ms: number): bigint {
  return BigInt(Math.round(ms * 1000)) * 1000n;
}

/** Parses a W3C `traceparent`; undefined if it is malformed. */
export function parseTraceparent(header: string | null): SpanContext | undefined {
  const parts = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(header ?? "");
  return parts?.[1] && parts[2] ? { traceId: parts[1], spanId: parts[2] } : undefined;
}
