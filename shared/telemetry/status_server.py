"""Serves `/healthz`, `/readyz` and `/metrics` on a separate port, for probes and Prometheus.

Unauthenticated, so the port belongs on a private network. Port 0 turns the server off.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Protocol

import uvicorn
from prometheus_client import make_asgi_app

from shared.settings import ServiceSettings
from shared.telemetry.metrics import Gauges

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


class Health(Protocol):
    """A health report: readiness, and the details as JSON."""

    @property
    def ready(self) -> bool: ...
    def model_dump_json(self) -> str: ...


Report = Callable[[], Awaitable[Health]]


@asynccontextmanager
async def serve_status(settings: ServiceSettings, report: Report, gauges: Gauges) -> AsyncIterator[None]:
    """Serve the pages while the block runs.

    Raises:
        OSError: the port is in use.
    """
    if not settings.status_port:
        yield
        return
    listener = socket.create_server((settings.status_host, settings.status_port))
    server = _EmbeddedServer(
        uvicorn.Config(StatusPages(report, gauges), log_config=None, access_log=False, lifespan="off")
    )
    serving = asyncio.create_task(server.serve([listener]), name="status")
    try:
        yield
    finally:
        server.should_exit = True
        await serving


class _EmbeddedServer(uvicorn.Server):
    """A server that leaves signal handling to the process."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class StatusPages:
    """The pages as an ASGI app. `/readyz` answers 200 or 503, with the health report of this process."""

    def __init__(self, report: Report, gauges: Gauges) -> None:
        self._report = report
        self._gauges = gauges
        self._metrics = make_asgi_app()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["path"].rstrip("/"):
            case "/healthz":
                await _respond(send, 200, b'{"state":"alive"}')
            case "/readyz":
                health = await self._report()
                await _respond(send, 200 if health.ready else 503, health.model_dump_json().encode())
            case "/metrics":
                await self._gauges.read()
                await self._metrics(scope, receive, send)
            case _:
                await _respond(send, 404, b'{"title":"Not found"}')


async def _respond(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
