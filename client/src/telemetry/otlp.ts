import type { Span } from "./span";

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
