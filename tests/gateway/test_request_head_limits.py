"""Tests of the time and size limits of requests."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator

import pytest
import uvicorn
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from services.gateway.http import middleware, request_head_limits
from tests.faults.waiting import TIMEOUT_S

pytestmark = pytest.mark.long
GET = b"GET / HTTP/1.1\r\nhost: localhost\r\n"
SOON_S = 0.2


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that answers the length of the body, or before reading it at `/early`."""
    body = b"" if scope["path"] == "/early" else await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Run a server with the real limits."""
    server = uvicorn.Server(
        uvicorn.Config(echo, http=request_head_limits.HeadLimitedProtocol, lifespan="off", log_config=None)
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield listening.getsockname()[1]
        server.should_exit = True
        await serving


@pytest.fixture
def hurried(port: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run a server with short time limits."""
    monkeypatch.setattr(request_head_limits, "HEAD_S", SOON_S)
    return port


async def answer_to(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    """Send bytes and return the server's answer until it closes the connection or stays silent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(pause)
        async with asyncio.timeout(TIMEOUT_S):
            return await reader.read()
    except ConnectionError:
        return b"reset"
    finally:
        writer.close()


async def test_a_complete_request_is_answered_and_the_connection_stays_open(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(GET + b"\r\n")
        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 200")
        await reader.readuntil(b"\r\n\r\n0")
    writer.close()


async def test_an_endless_head_is_cut_off(hurried: int) -> None:
    assert (await answer_to(hurried, GET)).startswith(b"HTTP/1.1 408")


async def test_a_slow_head_is_cut_off(hurried: int) -> None:
    drops = [b"x-%d: 1\r\n" % number for number in range(40)]
    said = await answer_to(hurried, GET, *drops, pause=SOON_S / 8)
    assert said.startswith(b"HTTP/1.1 408") or said == b"reset"


async def test_a_silent_connection_is_closed(hurried: int) -> None:
    assert (await answer_to(hurried)).startswith(b"HTTP/1.1 408")


async def test_slow_empty_lines_are_not_a_request(hurried: int) -> None:
    said = await answer_to(hurried, *[b"\r\n"] * 40, pause=SOON_S / 8)
    assert said.startswith(b"HTTP/1.1 408") or said == b"reset"


@pytest.mark.parametrize("pieces", [1, 40], ids=["at once", "in pieces"])
async def test_a_head_over_the_limit_is_refused(port: int, pieces: int) -> None:
    header = b"x-long: " + b"a" * (request_head_limits.MAX_HEAD_BYTES // pieces) + b"\r\n"
    said = await answer_to(port, GET, *[header] * pieces, b"\r\n")
    assert said.startswith(b"HTTP/1.1 431") or said == b"reset"


async def test_an_address_over_the_limit_is_refused(port: int) -> None:
    said = await answer_to(
        port, b"GET /" + b"a" * request_head_limits.MAX_HEAD_BYTES + b" HTTP/1.1\r\nhost: localhost\r\n\r\n"
    )
    assert said.startswith(b"HTTP/1.1 431") or said == b"reset"


async def test_the_rest_of_an_unread_body_is_not_waited_for(hurried: int) -> None:
    head = b"POST /early HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n"
    said = await answer_to(hurried, head, *[b"x"] * 40, pause=SOON_S / 8)
    assert said.startswith(b"HTTP/1.1 200") or said == b"reset"


async def test_a_slow_body_ends_in_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "BODY_S", SOON_S)

    async def drip() -> Message:
        await asyncio.sleep(SOON_S / 4)
        return {"type": "http.request", "body": b"x", "more_body": True}

    receive = middleware._limited({"type": "http", "path": "/v1/posts"}, drip)

    async def read() -> None:
        for _ in range(40):
            await receive()

    with pytest.raises(HTTPException) as refused:
        await read()
    assert refused.value.status_code == 408


async def test_waiting_for_a_disconnection_has_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "BODY_S", SOON_S)
    messages: Iterator[Message] = iter([{"type": "http.request", "body": b"x"}, {"type": "http.disconnect"}])

    async def slow() -> Message:
        message = next(messages)
        await asyncio.sleep(0 if message["type"] == "http.request" else 2 * SOON_S)
        return message

    receive = middleware._limited({"type": "http", "path": "/v1/posts"}, slow)
    assert [(await receive())["type"] for _ in range(2)] == ["http.request", "http.disconnect"]


@pytest.mark.parametrize(
    "head",
    [
        b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"content-length: 4\r\ncontent-length: 5\r\n\r\nabcde",
        b"content-length: +4\r\n\r\nabcd",
        b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
        b"x-folded: a\r\n b\r\n\r\n",
    ],
)
async def test_a_request_whose_end_is_ambiguous_is_refused_with_the_security_headers(port: int, head: bytes) -> None:
    answer = await answer_to(port, b"POST / HTTP/1.1\r\nhost: localhost\r\n" + head)
    lines = answer.decode().lower().split("\r\n\r\n")[0].split("\r\n")
    assert lines[0] == "http/1.1 400 bad request"
    assert {"connection: close", "x-content-type-options: nosniff", "cache-control: no-store"} <= set(lines)
    assert "content-type: application/problem+json" in lines
