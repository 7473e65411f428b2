"""Limits the time and the size of request heads; uvicorn has no such limits.

Without them, a client could hold all connections by sending a byte now and then ("slowloris").
"""

import asyncio
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from services.gateway.http.errors import problem
from services.gateway.http.security_headers import NO_STORE, SECURITY_HEADERS

# A head is one or two packets; ten seconds allow for a very bad line.
HEAD_S = 10.0
# Cookies, a token and a trace are 1 kB; nginx allows 32 kB in all, too.
MAX_HEAD_BYTES = 32 * 1024


class HeadLimitedProtocol(HttpToolsProtocol):
    """A connection whose client must send each request head in time and within the size limit."""

    _waiting: asyncio.TimerHandle | None = None
    _in_head = False
    _head_bytes = 0
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        """Start to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes of a head, of a body, or of the unread rest of a refused body."""
        if self._refused:
            return
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        answered = self.cycle is None or self.cycle.response_complete
        if self._in_head and self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._in_head or answered:  # also for the rest of a body that is not read
            self._wait()

    def on_message_begin(self) -> None:
        """Start a head."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Count part of the address: a whole head may arrive at once."""
        self._head_bytes += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header."""
        self._head_bytes += len(name) + len(value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start the request unless its head is too large."""
        self._in_head = False
        self._stop_waiting()
        if self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if not self._refused:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Pass on part of a body."""
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request."""
        self._stop_waiting()
        if not self._refused:
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse bytes that are no request, or whose end two readers could see in different places (smuggling)."""
        self._refuse(HTTPStatus.BAD_REQUEST)

    def _wait(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(HEAD_S, self._refuse, HTTPStatus.REQUEST_TIMEOUT)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer with the reason, unless another answer is under way, and close."""
        self._refused = True
        self._stop_waiting()
        if self.transport.is_closing():
            return
        # A request with a malformed body may be under way, without an answer yet.
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(_answer(status))
        self.transport.close()


def _answer(status: HTTPStatus) -> bytes:
    answer = problem(status.value, status.name.lower(), status.description)
    answer.headers.update({**SECURITY_HEADERS, "Cache-Control": NO_STORE})
    headers = (*answer.raw_headers, (b"connection", b"close"))
    head = (f"HTTP/1.1 {status.value} {status.phrase}".encode(), *(b": ".join(header) for header in headers))
    return b"\r\n".join((*head, b"", bytes(answer.body)))
