"""Spans go to the collector with the password of the settings, or with the standard variable's headers."""

import base64
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext, TraceFlags
from pydantic import SecretStr

from shared.settings import ServiceSettings
from shared.telemetry.tracing import collector_exporter
from tests.header_recorder import header_recorder


@pytest.fixture
def collector() -> Iterator[tuple[str, list[str | None]]]:
    """Yield the address of a collector and the credentials that it was sent."""
    with header_recorder("authorization") as server:
        yield server


def span() -> ReadableSpan:
    context = SpanContext(1, 2, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    return ReadableSpan("gateway test", context)


@pytest.mark.parametrize(
    ("password", "variable", "expected"),
    [
        ("p1", "", f"Basic {base64.b64encode(b'ottit:p1').decode()}"),
        ("", "authorization=Bearer%20t", "Bearer t"),
        ("", "", None),
    ],
)
def test_spans_are_sent_with_the_credentials_of_the_settings(
    collector: tuple[str, list[str | None]],
    monkeypatch: pytest.MonkeyPatch,
    password: str,
    variable: str,
    expected: str | None,
) -> None:
    address, sent = collector
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", variable)
    exporter = collector_exporter(ServiceSettings(otlp_endpoint=address, otlp_password=SecretStr(password)))
    exporter.export([span()])
    exporter.shutdown()
    assert sent == [expected]
