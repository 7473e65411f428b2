import { expect, test } from "vitest";
import { parseTraceparent, Span } from "../../../src/platform/telemetry/span";
import { otlpTraces } from "../../../src/platform/telemetry/tracer";

const TRACE = "a".repeat(32);

test("a span is exported as OTLP/JSON with hex ids and 64-bit integers as strings", () => {
  const ended: Span[] = [];
  const span = new Span("client submit", TRACE, "", (done) => ended.push(done));
  span.set("http.response.status_code", 202);
  span.end();
  span.end();
  expect(ended).toEqual([span]);
  const exported = otlpTraces(ended).resourceSpans[0]?.scopeSpans[0]?.spans[0];
  expect(exported?.traceId).toBe(TRACE);
  expect(exported?.startTimeUnixNano).toMatch(/^\d{19}$/);
  expect(exported?.attributes).toEqual([{ key: "http.response.status_code", value: { intValue: "202" } }]);
  expect(exported).not.toHaveProperty("parentSpanId");
});

test("a traceparent is parsed, and a malformed one is ignored", () => {
  const span = new Span("client decision arrives", TRACE, "b".repeat(16), () => undefined);
  expect(parseTraceparent(span.traceparent)).toEqual({ traceId: TRACE, spanId: span.spanId });
  for (const header of [null, "", "00-xyz", `01-${TRACE}-${"b".repeat(16)}-01`])
    expect(parseTraceparent(header)).toBeUndefined();
});
