"""How long the head of a request may take, and how long it may be: uvicorn itself waits for ever, and takes any size.

Who opens connections and says a byte now and then would otherwise hold them all ("slowloris").
"""

import asyncio
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from services.gateway.http.errors import problem

# A head is one packet or two: ten seconds are a very bad line.
HEAD_S = 10.0
# Cookies, a token and a trace are 1 kB; nginx takes 32 kB in all, too.
MAX_HEAD_BYTES = 32 * 1024


class TimeLimitedProtocol(HttpToolsProtocol):
    """A connection whose client must say what it wants, in time and in few words."""

    _waiting: asyncio.TimerHandle | None = None
    _in_head = False
    _head_bytes = 0
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """From here on the first request is waited for."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes: part of a head, of a body, or of nothing that was asked for."""
        if self._refused:
            return
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        answered = self.cycle is None or self.cycle.response_complete
        if self._in_head and self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._in_head or answered:  # also the rest of a body that nobody wants
            self._wait()

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Part of the address: counted, since all of a head may come at once."""
        self._head_bytes += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        self._head_bytes += len(name) + len(value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there: the request may begin, unless it says too much."""
        self._in_head = False
        self._stop_waiting()
        if self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if not self._refused:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Part of a body."""
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._stop_waiting()
        if not self._refused:
            super().on_message_complete()

    def _wait(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(HEAD_S, self._refuse, HTTPStatus.REQUEST_TIMEOUT)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _refuse(self, status: HTTPStatus) -> None:
        """Say why, unless an answer is under way, and close."""
        self._refused = True
        self._stop_waiting()
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(_answer(status))
        self.transport.close()


def _answer(status: HTTPStatus) -> bytes:
    answer = problem(status.value, status.name.lower(), status.description)
    headers = (*answer.raw_headers, (b"connection", b"close"))
    head = (f"HTTP/1.1 {status.value} {status.phrase}".encode(), *(b": ".join(header) for header in headers))
    return b"\r\n".join((*head, b"", bytes(answer.body)))
