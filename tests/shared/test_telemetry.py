"""Spans go where they are sent, and say nothing that they must not."""

import asyncio
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from shared.settings import ServiceSettings
from shared.telemetry.logs import JsonLogFormatter
from shared.telemetry.tracing import Telemetry, trace_id, traceparent, unsampled_trace


class Collector(ThreadingHTTPServer):
    """An OTLP endpoint that remembers what it was sent."""

    def __init__(self) -> None:
        self.received: list[tuple[str, bytes]] = []
        super().__init__(("127.0.0.1", 0), Receiver)


class Receiver(BaseHTTPRequestHandler):
    """Takes traces."""

    def do_POST(self) -> None:
        """Remember the body."""
        assert isinstance(self.server, Collector)
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.received.append((self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector on the loopback address."""
    server = Collector()
    # It looks this often whether to stop; its own half second would be most of the test.
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()


async def test_spans_go_to_an_otlp_endpoint_where_one_is_set(collector: Collector) -> None:
    settings = ServiceSettings(service="ranking", otlp_endpoint=f"http://127.0.0.1:{collector.server_port}")
    telemetry = Telemetry(settings)
    with telemetry.span("rank_feed"):
        pass
    await telemetry.close()
    ((path, body),) = collector.received
    assert path == "/v1/traces"
    assert b"ranking rank_feed" in body


async def test_spans_of_browsers_go_to_the_collector_under_their_own_name(collector: Collector) -> None:
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


async def test_a_span_continues_the_trace_that_it_is_given() -> None:
    telemetry = Telemetry(ServiceSettings())
    parent = f"00-{'a' * 32}-{'b' * 16}-01"
    with telemetry.span("decide_post", parent):
        inside = traceparent()
    await telemetry.close()
    assert trace_id(inside) == "a" * 32
    assert inside != parent


async def test_untraced_work_hands_on_an_id_that_nobody_records(collector: Collector) -> None:
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


async def test_a_log_line_carries_the_trace_id() -> None:
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
