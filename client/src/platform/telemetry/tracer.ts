import { sitePath } from "../browser/base-path";
import { randomHex, Span, type SpanContext, type SpanName } from "./span";

/** The gateway takes at most 64 spans in one body. */
const BATCH_SIZE = 64;
/** Long enough to batch one screen's requests, short enough for a timeline opened right after a post. */
const FLUSH_AFTER_MS = 1500;

type Traces = ReturnType<typeof otlpTraces>;
export type SendTraces = (traces: Traces) => Promise<unknown>;

/**
 * Collects ended spans and sends them in batches. Spans that cannot be sent are dropped without an error.
 */
export class SpanExporter {
  private send: SendTraces | undefined;
  private queue: Span[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly flushOnHide = () => {
    if (document.visibilityState === "hidden") this.flush();
  };

  /** Starts sending with `send`; spans that end earlier are dropped. */
  connect(send: SendTraces): void {
    this.send = send;
    document.addEventListener("visibilitychange", this.flushOnHide);
  }

  disconnect(): void {
    document.removeEventListener("visibilitychange", this.flushOnHide);
    this.flush();
  }

  add(span: Span): void {
    this.queue.push(span);
    if (this.queue.length >= BATCH_SIZE) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), FLUSH_AFTER_MS);
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const spans = this.queue.splice(0, BATCH_SIZE);
    if (spans.length === 0) return;
    void this.send?.(otlpTraces(spans)).catch(() => undefined);
  }
}

const exporter = new SpanExporter();

/** A span below `parent`, or the root of a new trace. It is exported when it ends. */
export function startSpan(name: SpanName, parent?: SpanContext, startMs?: number): Span {
  const done = (span: Span) => exporter.add(span);
  return new Span(name, parent?.traceId ?? randomHex(16), parent?.spanId ?? "", done, startMs);
}

/** Starts sending spans; the returned function stops it. */
export function connectTelemetry(send: SendTraces): () => void {
  exporter.connect(send);
  return () => exporter.disconnect();
}

/** One span from the navigation to the load event of the first screen. */
export function recordPageLoad(): void {
  const record = () => {
    const span = startSpan("client page", undefined, performance.timeOrigin);
    // Only the first part of the path, which names the screen: the rest contains handles and ids.
    span.set("ottit.route", sitePath(window.location.pathname)?.split("/")[1] || "home");
    span.end();
  };
  if (document.readyState === "complete") record();
  else window.addEventListener("load", record, { once: true });
}

const KIND_CLIENT = 3;
const STATUS_ERROR = 2;

/** OTLP/JSON `ExportTraceServiceRequest` (opentelemetry-proto 1.x: hex ids, 64-bit integers as strings). */
export function otlpTraces(spans: readonly Span[]) {
  const resource = { attributes: [attribute("service.name", "client")] };
  const scopeSpans = [{ scope: { name: "ottit-client" }, spans: spans.map(otlpSpan) }];
  return { resourceSpans: [{ resource, scopeSpans }] };
}

function otlpSpan(span: Span) {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentSpanId ? { parentSpanId: span.parentSpanId } : {}),
    name: span.name,
    kind: KIND_CLIENT,
    startTimeUnixNano: span.startNs.toString(),
    endTimeUnixNano: span.endNs.toString(),
    attributes: Array.from(span.attributes, ([name, value]) => attribute(name, value)),
    ...(span.failed ? { status: { code: STATUS_ERROR } } : {}),
  };
}

function attribute(key: string, value: string | number) {
  return { key, value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value } };
}
