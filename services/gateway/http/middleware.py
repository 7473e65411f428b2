"""The outermost layer of every HTTP request: a span, limits of size and time, and the security headers."""

from asyncio import get_running_loop, timeout_at
from collections.abc import Mapping
from time import perf_counter
from typing import Any

from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.http.client_address import TrustedProxies
from services.gateway.http.secret_scanning import key_in_head, refusal, without_keys
from services.gateway.http.security_headers import HSTS, HSTS_SUBDOMAINS, NO_STORE, PER_CALLER, SECURITY_HEADERS
from shared.telemetry.metrics import HTTP_DURATION
from shared.telemetry.tracing import Telemetry, mark_failed

# 40,000 characters are at most 160 kB as UTF-8 and 480 kB as JSON escapes.
MAX_BODY_BYTES = 1024 * 1024
# A batch of 200 rows of the longest text.
MAX_IMPORT_BYTES = 100 * 1024 * 1024
# The time for a whole body: 1 MiB at 300 kbit/s, an import at 1.4 Mbit/s.
BODY_S, IMPORT_S = 30.0, 600.0
# The rest of a refused body is not read, so the connection must be closed.
CLOSE = {"Connection": "close"}
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
UNTRACED = ("/v1/telemetry", "/v1/import")  # telemetry would describe itself, and an import is thousands of spans


class RequestMiddleware:
    """ASGI middleware: scans for secrets, limits the body, traces and measures the request, completes the headers."""

    def __init__(
        self, app: ASGIApp, *, telemetry: Telemetry, proxies: TrustedProxies, always_https: bool, with_subdomains: bool
    ) -> None:
        """`always_https`: the site is reached over HTTPS, whatever the request says. `with_subdomains`: so are all
        names below the site's."""
        self._app = app
        self._telemetry = telemetry
        self._proxies = proxies
        self._always_https = always_https
        self._hsts = HSTS_SUBDOMAINS if with_subdomains else HSTS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # One dictionary for the whole request: the guard adds the rate to it, and the answer carries it.
        state = scope.setdefault("state", {})
        state["address"] = self._proxies.client_of(scope)
        scope["scheme"] = "https" if self._always_https else self._proxies.scheme_of(scope)
        answer = _Response(send, state, https=self._hsts if scope["scheme"] == "https" else {})
        if scope["method"] == "HEAD":
            # Further in, it is a GET; only the head of its answer is sent (RFC 9110, 9.3.2).
            scope, answer.head_only = {**scope, "method": "GET"}, True
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
        # A read without an incoming trace context is not worth a span.
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
    """Return labels with the route's template, not the path, which would make too many of them."""
    route = getattr(scope.get("route"), "path", "unmatched")
    return {"http.request.method": scope["method"], "http.route": route, "http.response.status_code": str(status)}


class _Response:
    """Adds the headers that an answer does not set itself, and the caller's rate, and keeps its status."""

    def __init__(self, send: Send, state: Mapping[str, Any], *, https: dict[str, str]) -> None:
        self._send = send
        self._state = state
        self._defaults = SECURITY_HEADERS | https
        self.status = 500  # what the server answers if the app ends without an answer
        self.head_only = False
        self._ended = False

    async def __call__(self, message: Message) -> None:
        if self._ended:
            return
        if self.head_only and message["type"] == "http.response.body":
            # End at once: otherwise a stream would never end, and a file would be read in vain.
            message, self._ended = {"type": "http.response.body"}, True
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(raw=[*message["headers"]])
            for name, value in (self._defaults | self._state.get("rate", {})).items():
                headers.setdefault(name, value)
            if "cache-control" not in headers:
                headers["cache-control"] = NO_STORE
                headers.add_vary_header(PER_CALLER)
            message["headers"] = headers.raw
        await self._send(message)


def _limited(scope: Scope, receive: Receive) -> Receive:
    """Return a `receive` that raises 413 for a body over the limit and 408 for one that takes too long.

    FastAPI's own limit lies outside of the error handlers and cannot answer with problem details. The disconnection
    after the body may take any time.
    """
    limit, seconds = (MAX_IMPORT_BYTES, IMPORT_S) if scope["path"] == "/v1/import" else (MAX_BODY_BYTES, BODY_S)
    received, complete, until = 0, False, 0.0

    async def counted() -> Message:
        nonlocal received, complete, until
        if complete:
            return await receive()
        until = until or get_running_loop().time() + seconds
        try:
            async with timeout_at(until):
                message = await receive()
        except TimeoutError as error:
            raise HTTPException(408, headers=CLOSE) from error
        complete = not message.get("more_body", False)
        received += len(message.get("body", b""))
        if received > limit:
            raise HTTPException(413, headers=CLOSE)
        return message

    return counted
