"""The outermost layer of every HTTP request: one span, a size limit, and the headers that keep browsers strict."""

from asyncio import get_running_loop, timeout_at
from collections.abc import Mapping
from time import perf_counter
from typing import Any

from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.http.secret_scanning import key_in_head, refusal, without_keys
from services.gateway.http.security_headers import SECURITY_HEADERS
from shared.telemetry.metrics import HTTP_DURATION
from shared.telemetry.tracing import Telemetry, mark_failed

# 40,000 characters are at most 160 kB as UTF-8 and 480 kB as JSON escapes.
MAX_BODY_BYTES = 1024 * 1024
# A batch of 200 rows of the longest text.
MAX_IMPORT_BYTES = 100 * 1024 * 1024
# A whole body, from its first byte asked for to its last: 1 MiB on a line of 300 kbit/s; an import at 1.4 Mbit/s.
BODY_S, IMPORT_S = 30.0, 600.0
# Nobody reads the rest of a body that is refused, so the connection goes with it.
CLOSE = {"Connection": "close"}
# As the answer carries them, unless it has its own.
DEFAULT_HEADERS = tuple((name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items())
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
UNTRACED = ("/v1/telemetry", "/v1/import")  # their spans would be about themselves


class RequestMiddleware:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app = app
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # One dictionary for the whole request: what the guard puts into it, the answer carries.
        state = scope.setdefault("state", {})
        answer = _Response(send, state)
        if scope["method"] == "HEAD":
            # For everybody further in it is the GET whose head is wanted (RFC 9110, 9.3.2).
            scope, answer.bare = {**scope, "method": "GET"}, True
        started = perf_counter()
        try:
            if place := key_in_head(scope):
                await refusal(place)(scope, receive, answer)
                return
            await self._traced(scope, _limited(scope, without_keys(scope, receive)), answer)
        finally:
            self._telemetry.metrics.observe(HTTP_DURATION, perf_counter() - started, _labels(scope, answer.status))

    async def _traced(self, scope: Scope, receive: Receive, send: "_Response") -> None:
        parent = Headers(scope=scope).get("traceparent")
        # Reads that nobody follows are not worth a span each.
        if (parent is None and scope["method"] not in WRITES) or scope["path"].startswith(UNTRACED):
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        with self._telemetry.span(scope["method"], parent, SpanKind.SERVER) as span:
            await self._app(scope, receive, send)
            route = scope.get("route")
            span.update_name(f"gateway {scope['method']} {getattr(route, 'path', 'unmatched')}")
            span.set_attribute("http.response.status_code", send.status)
            span.set_attribute("ottit.took_ms", round(1000 * (perf_counter() - started), 2))
            if send.status >= 500:
                mark_failed(span, str(send.status))


def _labels(scope: Scope, status: int) -> dict[str, str]:
    """The route's template, not the path: labels must stay few."""
    route = getattr(scope.get("route"), "path", "unmatched")
    return {"http.request.method": scope["method"], "http.route": route, "http.response.status_code": str(status)}


class _Response:
    """Adds the security headers and the caller's rate to the answer, and remembers its status."""

    def __init__(self, send: Send, state: Mapping[str, Any]) -> None:
        self._send = send
        self._state = state
        self.status = 500  # what the server answers in the place of whoever ends without an answer
        self.bare = False  # only the head is wanted
        self._whole = False

    async def __call__(self, message: Message) -> None:
        if self._whole:
            return
        if self.bare and message["type"] == "http.response.body":
            # The end at once: a stream would go on for ever, and a file be read for nobody.
            message, self._whole = {"type": "http.response.body"}, True
        if message["type"] == "http.response.start":
            self.status = message["status"]
            has = {name for name, _ in message["headers"]}
            rate = [(name.lower().encode(), value.encode()) for name, value in self._state.get("rate", {}).items()]
            message["headers"] = [
                *message["headers"],
                *(header for header in (*DEFAULT_HEADERS, *rate) if header[0] not in has),
            ]
        await self._send(message)


def _limited(scope: Scope, receive: Receive) -> Receive:
    """Reading more than the limit ends in a 413: FastAPI's own limit sits outside of this and knows no problems.

    A body that takes too long ends in a 408; what comes after the body, a disconnection, may take its time.
    """
    limit, seconds = (MAX_IMPORT_BYTES, IMPORT_S) if scope["path"] == "/v1/import" else (MAX_BODY_BYTES, BODY_S)
    received, whole, until = 0, False, 0.0

    async def counted() -> Message:
        nonlocal received, whole, until
        if whole:
            return await receive()
        until = until or get_running_loop().time() + seconds
        try:
            async with timeout_at(until):
                message = await receive()
        except TimeoutError as error:
            raise HTTPException(408, headers=CLOSE) from error
        whole = not message.get("more_body", False)
        received += len(message.get("body", b""))
        if received > limit:
            raise HTTPException(413, headers=CLOSE)
        return message

    return counted
