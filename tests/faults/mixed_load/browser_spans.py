"""Spans as the web client sends them, so that traces of a load begin in a browser."""

from typing import Any

MILLISECOND_NS = 1_000_000


def browser_document(traceparent: str, ended_ns: int) -> dict[str, Any]:
    """Return an OTLP/JSON document with the span that a `traceparent` header names as the parent."""
    _, trace_id, span_id, _ = traceparent.split("-")
    span = {
        "traceId": trace_id,
        "spanId": span_id,
        "name": "client submit",
        "startTimeUnixNano": str(ended_ns - 20 * MILLISECOND_NS),
        "endTimeUnixNano": str(ended_ns),
        "attributes": [],
    }
    return {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
