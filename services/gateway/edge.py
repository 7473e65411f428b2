"""The outermost layer of every HTTP request: one span, a size limit, and the headers that keep browsers strict."""

from time import perf_counter

from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.errors import problem
from shared.telemetry import Telemetry, mark_failed

# 40,000 characters are at most 160 kB as UTF-8, 480 kB as JSON escapes; an import batch carries many.
MAX_BODY_BYTES = 1024 * 1024
MAX_IMPORT_BYTES = 16 * 1024 * 1024
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
}
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
UNTRACED = ("/v1/telemetry", "/v1/import")  # their spans would be about themselves


class TooLong(Exception):
    """The body is longer than allowed."""


class Edge:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app = app
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = MAX_IMPORT_BYTES if scope["path"] == "/v1/import" else MAX_BODY_BYTES
        guarded = _Response(send)
        try:
            await self._traced(scope, _limited(scope, receive, limit), guarded)
        except TooLong:
            if guarded.status:
                raise
            response = problem(413, "too_large", f"The body is longer than {limit} bytes.")
            await response(scope, receive, guarded)

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


class _Response:
    """Adds the security headers to the answer, and remembers its status."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store")
        await self._send(message)


def _limited(scope: Scope, receive: Receive, limit: int) -> Receive:
    announced = Headers(scope=scope).get("content-length", "0")
    if announced.isdigit() and int(announced) > limit:

        async def refuse() -> Message:
            raise TooLong

        return refuse
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise TooLong
        return message

    return counted
