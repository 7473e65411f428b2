"""Tests of the filter for spans from browsers."""

from typing import Any

import orjson
import pytest

from services.gateway.timeline.browser_spans import MAX_SPANS, accepted_spans

TRACE = "a" * 32


def span(**fields: object) -> dict[str, object]:
    """Return a span as the client sends it."""
    plain = {
        "traceId": TRACE,
        "spanId": "b" * 16,
        "name": "client submit",
        "startTimeUnixNano": "1000",
        "endTimeUnixNano": "2000",
        "attributes": [{"key": "ottit.route", "value": {"stringValue": "write"}}],
    }
    return plain | fields


def document(*spans: object) -> dict[str, Any]:
    """Return an OTLP/JSON document."""
    return {"resourceSpans": [{"resource": {"service.name": "evil"}, "scopeSpans": [{"spans": list(spans)}]}]}


def taken(*spans: object, began: bool = True) -> list[dict[str, Any]]:
    """Return the accepted spans."""
    return [orjson.loads(message) for _, message in accepted_spans(document(*spans), lambda trace: began)]


def test_a_valid_span_is_stored_as_a_browser_span() -> None:
    (found,) = taken(span())
    assert (found["service"], found["name"], found["attributes"]) == (
        "browser",
        "client submit",
        {"ottit.route": "write"},
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"traceId": "A" * 32},
        {"traceId": f"{TRACE}.>"},
        {"spanId": ""},
        {"name": "moderation decide_post"},
        {"endTimeUnixNano": "1"},
        {"startTimeUnixNano": "-5"},
        {"attributes": "none"},
        {"attributes": [{"key": "k", "value": {}}] * 33},
    ],
)
def test_a_malformed_span_is_dropped(wrong: dict[str, object]) -> None:
    assert taken(span(**wrong)) == []


def test_unknown_attributes_and_long_values_are_dropped() -> None:
    attributes = [
        {"key": "user.email", "value": {"stringValue": "a@b"}},
        {"key": "ottit.route", "value": {"stringValue": "x" * 500}},
        {"key": "ottit.took_ms", "value": {"doubleValue": 12.5}},
    ]
    (found,) = taken(span(attributes=attributes))
    assert found["attributes"] == {"ottit.took_ms": 12.5}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ottit.took_ms", {"intValue": 10**30}),
        ("ottit.took_ms", {"doubleValue": float("nan")}),
        ("ottit.took_ms", {"boolValue": True}),
        ("ottit.took_ms", {"stringValue": "words"}),
        ("ottit.outcome", {"stringValue": "whatever I like to say"}),
        ("ottit.post_id", {"stringValue": "call me at home"}),
        ("ottit.post_id", {"intValue": 5}),
        ("ottit.route", {"arrayValue": ["p"]}),
    ],
)
def test_a_value_that_does_not_match_its_pattern_is_dropped(key: str, value: dict[str, object]) -> None:
    (found,) = taken(span(attributes=[{"key": key, "value": value}]))
    assert found["attributes"] == {}


def test_an_integer_may_be_text_as_in_otlp() -> None:
    status = {"key": "http.response.status_code", "value": {"intValue": "202"}}
    (found,) = taken(span(attributes=[status]))
    assert found["attributes"] == {"http.response.status_code": 202}


def test_a_span_of_another_callers_trace_is_refused() -> None:
    assert taken(span(), began=False) == []


def test_at_most_the_limit_of_spans_is_read() -> None:
    assert len(taken(*[span() for _ in range(2 * MAX_SPANS)])) == MAX_SPANS


BROKEN: list[dict[str, Any]] = [
    {},
    {"resourceSpans": 5},
    {"resourceSpans": [[]]},
    {"resourceSpans": [{"scopeSpans": [None]}]},
]


@pytest.mark.parametrize("broken", BROKEN)
def test_any_document_is_read_without_an_error(broken: dict[str, Any]) -> None:
    assert list(accepted_spans(broken, lambda trace: True)) == []
