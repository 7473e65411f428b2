"""Spans go to the collector with the password of the settings, or with the standard variable's headers."""

import base64
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext, TraceFlags
from pydantic import SecretStr

from shared.settings import ServiceSettings
from shared.telemetry.tracing import collector_exporter


@pytest.fixture
def collector() -> Iterator[tuple[str, list[str | None]]]:
    """Yield the address of a collector and the credentials that it was sent."""
    sent: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            sent.append(self.headers["authorization"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Keep the output of the tests clean."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", sent
    server.shutdown()
    server.server_close()
    thread.join()


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
