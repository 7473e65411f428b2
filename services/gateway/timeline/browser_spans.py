"""Filters spans from browsers. They are untrusted, so only known shapes, names and attributes pass."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

MAX_SPANS = 64
NAMES = frozenset(
    {"client submit", "client decision arrives", "client page", "client preview", "client search", "client vote"}
)
# Timelines are public and unmoderated, so each value must match its pattern, and none can hold a sentence.
WORDS = {
    "ottit.post_id": re.compile(r"[0-9a-f-]{36}"),
    "ottit.route": re.compile(r"[a-z-]{1,20}"),
    "ottit.tier": re.compile(r"[a-z0-9-]{1,20}"),
    "ottit.outcome": re.compile(r"pending|published|held|rejected|withdrawn"),
}
NUMBERS = frozenset({"ottit.took_ms", "http.response.status_code"})
LARGEST_NUMBER = 1e9  # eleven days in milliseconds
DIGITS = re.compile(r"[0-9]{1,9}")


class _Attribute(BaseModel):
    key: str
    value: dict[str, Any]


class _Status(BaseModel):
    code: int = Field(default=0, ge=0, le=2)  # OTLP: unset, ok, error


class _Span(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    trace_id: str = Field(alias="traceId", pattern=r"^[0-9a-f]{32}$")
    span_id: str = Field(alias="spanId", pattern=r"^[0-9a-f]{16}$")
    parent_span_id: str | None = Field(default=None, alias="parentSpanId", pattern=r"^([0-9a-f]{16})?$")
    name: str
    start: int = Field(alias="startTimeUnixNano", ge=0, le=2**63)
    end: int = Field(alias="endTimeUnixNano", ge=0, le=2**63)
    attributes: list[_Attribute] = Field(default=[], max_length=32)
    status: _Status = Field(default_factory=_Status)


def accepted_spans(document: dict[str, Any], began: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    """Yield the subject and message of each span that passes, at most 64. The service is always `browser`.

    `began(trace id)`: whether the sender began this trace.
    """
    for raw in _spans(document)[:MAX_SPANS]:
        try:
            span = _Span.model_validate(raw)
        except ValidationError:
            continue
        if span.name in NAMES and span.end >= span.start and began(span.trace_id):
            yield f"telemetry.spans.{span.trace_id}.browser", _message(span)


def _spans(document: dict[str, Any]) -> list[Any]:
    found: list[Any] = []
    for resource in _list(document, "resourceSpans"):
        for scope in _list(resource, "scopeSpans"):
            found += _list(scope, "spans")
    return found


def _list(container: object, name: str) -> list[Any]:
    value = container.get(name) if isinstance(container, dict) else None
    return value if isinstance(value, list) else []


def _message(span: _Span) -> bytes:
    return orjson.dumps(
        {
            "name": span.name,
            "service": "browser",
            "trace_id": span.trace_id,
            "span_id": span.span_id,
            "parent_span_id": span.parent_span_id or None,
            "start_ns": span.start,
            "end_ns": span.end,
            "attributes": dict(_allowed(span.attributes)),
            "status": ("unset", "ok", "error")[span.status.code],
        }
    )


def _allowed(attributes: list[_Attribute]) -> Iterator[tuple[str, str | float]]:
    for attribute in attributes:
        value = next(iter(attribute.value.values()), None)
        allowed = _number(value) if attribute.key in NUMBERS else _word(attribute.key, value)
        if allowed is not None:
            yield attribute.key, allowed


def _word(key: str, value: object) -> str | None:
    pattern = WORDS.get(key)
    return value if pattern and isinstance(value, str) and pattern.fullmatch(value) else None


def _number(value: object) -> float | None:
    if isinstance(value, str) and DIGITS.fullmatch(value):  # OTLP writes 64-bit integers as text
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) <= LARGEST_NUMBER else None
