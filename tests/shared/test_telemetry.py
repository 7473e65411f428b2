"""Export of spans, trace context, and trace ids in logs."""

import asyncio
import json
import logging
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from shared.settings import ServiceSettings
from shared.telemetry.logs import JsonLogFormatter
from shared.telemetry.tracing import Telemetry, trace_id, traceparent, unsampled_trace


class Collector(ThreadingHTTPServer):
    """An OTLP endpoint that records requests."""

    def __init__(self) -> None:
        self.received: list[tuple[str, bytes]] = []
        super().__init__(("127.0.0.1", 0), Receiver)


class Receiver(BaseHTTPRequestHandler):
    """Accepts traces."""

    def do_POST(self) -> None:
        """Record the body."""
        assert isinstance(self.server, Collector)
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.received.append((self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    """Yield a collector on the loopback address."""
    server = Collector()
    # The interval of checks for a stop; the default of half a second would be most of the test.
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()


async def test_spans_are_exported_to_a_configured_otlp_endpoint(collector: Collector) -> None:
    settings = ServiceSettings(service="ranking", otlp_endpoint=f"http://127.0.0.1:{collector.server_port}")
    telemetry = Telemetry(settings)
    with telemetry.span("rank_feed"):
        pass
    await telemetry.close()
    ((path, body),) = collector.received
    assert path == "/v1/traces"
    assert b"ranking rank_feed" in body


async def test_browser_spans_are_exported_with_their_service_name(collector: Collector) -> None:
    settings = ServiceSettings(service="gateway", otlp_endpoint=f"http://127.0.0.1:{collector.server_port}")
    telemetry = Telemetry(settings)
    span = {
        "name": "client submit", "service": "browser", "trace_id": "ab" * 16, "span_id": "cd" * 8,
        "parent_span_id": None, "start_ns": 1, "end_ns": 2, "attributes": {"ottit.tier": "rules"}, "status": "ok",
    }  # fmt: skip
    telemetry.export_external_span(json.dumps(span).encode())
    await telemetry.close()
    ((_, body),) = collector.received
    assert all(part in body for part in (b"client submit", b"browser", bytes.fromhex("ab" * 16)))


async def test_a_span_continues_a_given_trace() -> None:
    telemetry = Telemetry(ServiceSettings())
    parent = f"00-{'a' * 32}-{'b' * 16}-01"
    with telemetry.span("decide_post", parent):
        inside = traceparent()
    await telemetry.close()
    assert trace_id(inside) == "a" * 32
    assert inside != parent


async def test_an_unsampled_trace_has_an_id_but_no_exported_spans(collector: Collector) -> None:
    endpoint = f"http://127.0.0.1:{collector.server_port}"
    telemetry = Telemetry(ServiceSettings(service="moderation", otlp_endpoint=endpoint))
    with unsampled_trace():
        parent = traceparent()
    with telemetry.span("decide_post", parent):
        await asyncio.sleep(0)
    await telemetry.close()
    assert parent is not None
    assert parent.endswith("-00")
    assert collector.received == []


async def test_a_log_line_has_the_trace_id() -> None:
    telemetry = Telemetry(ServiceSettings())
    record = logging.makeLogRecord({"msg": "will retry", "levelno": 30, "levelname": "WARNING", "durable": "d"})
    with telemetry.span("decide_post", f"00-{'c' * 32}-{'b' * 16}-01"):
        line = json.loads(JsonLogFormatter("moderation").format(record))
    await telemetry.close()
    assert (line["trace_id"], line["service"], line["event"], line["durable"]) == (
        "c" * 32,
        "moderation",
        "will retry",
        "d",
    )


def test_a_traceback_in_a_log_says_where_and_what_but_not_what_people_wrote() -> None:
    text, handle = " ".join(["my", "diary"]), "-".join(["ada", "lovelace"])
    try:
        try:
            int(text)
        except ValueError as error:
            raise KeyError(handle) from error
    except KeyError:
        record = logging.makeLogRecord({"msg": "failed", "levelname": "ERROR", "exc_info": sys.exc_info()})
    line = JsonLogFormatter("gateway").format(record)
    assert text not in line
    assert handle not in line
    for expected in ("KeyError", "ValueError", "int(text)", "test_telemetry.py"):
        assert expected in line


def test_a_traceback_in_a_log_keeps_the_words_of_the_operating_system() -> None:
    error = ExceptionGroup("several", [OSError(28, "No space left on device"), ValueError("my diary")])
    record = logging.makeLogRecord({"msg": "failed", "levelname": "ERROR", "exc_info": (type(error), error, None)})
    line = JsonLogFormatter("gateway").format(record)
    assert "No space left on device" in line
    assert "ValueError" in line
    assert "diary" not in line
