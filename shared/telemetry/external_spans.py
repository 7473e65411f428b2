"""Converts spans that another process measured into spans that this process can export."""

from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

_CODES = {"unset": StatusCode.UNSET, "ok": StatusCode.OK, "error": StatusCode.ERROR}


def external_span(message: dict[str, Any]) -> ReadableSpan:
    """Return the span of a message of the stream `SPANS`, with the fields of `tracing.span_message`."""
    trace_id, parent = int(message["trace_id"], 16), message["parent_span_id"]
    return ReadableSpan(
        name=message["name"],
        context=_context(trace_id, message["span_id"]),
        parent=_context(trace_id, parent) if parent else None,
        resource=Resource({"service.name": message["service"], "service.namespace": "ottit"}),
        attributes=message["attributes"],
        kind=SpanKind.CLIENT,
        status=Status(_CODES[message["status"]]),
        start_time=message["start_ns"],
        end_time=message["end_ns"],
    )


def _context(trace_id: int, span_id: str) -> SpanContext:
    return SpanContext(trace_id, int(span_id, 16), is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
