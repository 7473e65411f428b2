import { SpanExporter } from "./exporter";
import { randomHex, Span, type SpanContext, type SpanName } from "./span";

const exporter = new SpanExporter();

/** A span below `parent`, or the root of a new trace. It is exported when it ends. */
export function startSpan(name: SpanName, parent?: SpanContext, startMs?: number): Span {
  const done = (span: Span) => exporter.add(span);
  return new Span(name, parent?.traceId ?? randomHex(16), parent?.spanId ?? "", done, startMs);
}

/** Starts sending spans; the returned function stops it. */
export function connectTelemetry(): () => void {
  exporter.connect();
  return () => exporter.disconnect();
}
