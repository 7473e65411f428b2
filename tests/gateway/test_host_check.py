"""Tests of the Host header check."""

from collections.abc import Callable

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from services.gateway.http.host_check import HostCheck, host_of

Ask = Callable[..., object]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("welcome")(scope, receive, send)


async def status(host: str, allowed: str = "", bound: str = "127.0.0.1", path: str = "/v1/feed") -> int:
    transport = httpx.ASGITransport(HostCheck(app, allowed.split(","), bound))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as visitor:
        return (await visitor.get(path, headers={"host": host})).status_code


@pytest.mark.parametrize("host", ["localhost", "localhost:8700", "LOCALHOST.", "127.0.0.1:8700", "[::1]:8700"])
async def test_loopback_is_always_allowed(host: str) -> None:
    assert await status(host, bound="0.0.0.0") == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "",
        "8.8.8.8",
        "[",
        "localhost:80@evil.example",
        "localhost:8700/evil",
        "[::1]evil.example",
        "[::1]@evil.example",
        "localhost:x",
        "localhost:80:80",
        "user@localhost",
        "localhost\\evil.example",
        "localhost?evil",
        "localhost#evil",
        "::1",
    ],
)
async def test_an_unknown_name_is_refused(host: str) -> None:
    assert await status(host) == 421


async def test_the_listening_address_is_allowed() -> None:
    assert await status("192.168.1.5:8700", bound="192.168.1.5") == 200
    assert await status("192.168.1.5:8700") == 421


@pytest.mark.parametrize(
    ("allowed", "host", "expected"),
    [
        ("feed.example.org", "feed.example.org", 200),
        ("a.example, feed.example.org", "feed.example.org:443", 200),
        ("feed.example.org", "other.example.org", 421),
        ("*.example.org", "feed.example.org", 200),
        ("*.example.org", "example.org", 421),
        ("*.example.org", "evilexample.org", 421),
        ("*", "whatever.example", 200),
    ],
)
async def test_configured_names_are_allowed(allowed: str, host: str, expected: int) -> None:
    assert await status(host, allowed) == expected


async def test_probes_are_answered_under_any_name() -> None:
    assert await status("10.1.2.3:8700", path="/healthz") == 200
    assert await status("10.1.2.3:8700", path="/readyz") == 200


def test_ports_brackets_and_final_dots_are_removed() -> None:
    assert [host_of(text) for text in ("A.example.:80", "[::1]:8700", "b.example.")] == [
        "a.example",
        "::1",
        "b.example",
    ]
