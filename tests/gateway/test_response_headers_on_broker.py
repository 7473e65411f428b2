"""Tests of the headers that protect answers: from caches, from unencrypted connections, and from two hosts at once."""

import asyncio
import re
from typing import Any

import httpx
import pytest
from starlette.types import Message, Scope

from services.gateway.http.security_headers import SECURITY_HEADERS
from tests.gateway.conftest import Gateway, running_gateway
from tests.gateway.test_browser_spans import document, span
from tests.gateway.test_capabilities_on_broker import ROUTES

pytestmark = pytest.mark.broker

# Answers that are the same for everybody, so that browsers may keep them. All others are never stored.
KEPT = {"/v1/policy", "/v1/policy/" + "0" * 64, "/v1/device/model", "/v1/device/files/" + "0" * 64 + ".onnx"}
# Traces of errors, paths, addresses and versions of the server's parts.
REVEALING = re.compile(
    r"Traceback|site-packages|\w\.py\b|sqlite|nats://|/home/|/tmp/|uvicorn|fastapi|starlette|nats-server", re.IGNORECASE
)
PAGE = "/some-page"  # holds nothing of the session; see `OWN_PAGE`


async def test_no_answer_to_a_session_is_stored_by_a_cache(gateway: Gateway) -> None:
    """Also not an error: 404 may mean "not yours"."""
    ada = await gateway.person("ada", "admin")
    stored = []
    for method, address, capability in ROUTES:
        if capability in ("follow_stream", "sign_out") or address in KEPT | {PAGE}:
            continue
        answer = await ada.http.request(method, address)
        if answer.headers["cache-control"] != "no-store" or answer.headers["vary"] != "Cookie, Authorization":
            stored.append((method, address, answer.headers))
    assert stored == []


async def test_an_answer_that_sets_the_session_is_not_stored(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    again = await gateway.visitor().post("/v1/sessions", json={"handle": "ada", "password": "correct horse battery"})
    assert (again.headers["cache-control"], "set-cookie" in again.headers) == ("no-store", True)
    assert (await ada.http.delete("/v1/sessions/current")).headers["cache-control"] == "no-store"


async def test_browsers_are_told_to_stay_on_https_where_the_site_has_it(gateway: Gateway) -> None:
    assert "strict-transport-security" not in (await gateway.visitor().get("/healthz")).headers
    async with running_gateway(gateway.broker, gateway.dependencies.settings.data_dir / "b", secure_cookies=True) as it:
        answer = await it.visitor().get("/healthz")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


async def test_every_name_below_the_sites_own_is_included_where_the_operator_says_so(gateway: Gateway) -> None:
    folder = gateway.dependencies.settings.data_dir / "b"
    async with running_gateway(gateway.broker, folder, secure_cookies=True, hsts_subdomains=True) as it:
        answer = await it.visitor().get("/healthz")
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize("role", ["visitor", "admin"])
async def test_every_answer_has_its_type_and_says_nothing_of_the_server(gateway: Gateway, role: str) -> None:
    """A passive scan: content types with a charset, the security headers, no versions, no places in the server."""
    http = gateway.visitor() if role == "visitor" else (await gateway.person("chief", "admin")).http
    http.headers["origin"] = "https://evil.example"
    bodies: tuple[dict[str, Any], ...] = (
        {},
        {"json": {}},
        {"content": b"\xff{", "headers": {"content-type": "application/json"}},
    )
    found = []
    for method, address, capability in ROUTES:
        for body in bodies[: 1 if method == "GET" else None]:
            if capability not in ("follow_stream", "sign_out", "erase_me"):
                answer = await http.request(method, address, **body)
                found += [f"{method} {address}: {finding}" for finding in findings(answer)]
    for method in ("TRACE", "OPTIONS", "PROPFIND"):
        answer = await http.request(method, "/v1/posts")
        found += [finding for finding in findings(answer) if answer.status_code == 405]
        assert answer.status_code == 405
    assert found == []


def findings(answer: httpx.Response) -> list[str]:
    """Return what a passive scanner would report about an answer."""
    kind, names = answer.headers.get("content-type", ""), set(answer.headers)
    found = [f"{name} is missing" for name in map(str.lower, SECURITY_HEADERS) if name not in names]
    found += [f"{name} is there" for name in ("server", "x-powered-by", "access-control-allow-origin") if name in names]
    if answer.content and not kind:
        found.append("no content type")
    if kind.startswith("text/") and "charset=utf-8" not in kind:
        found.append(f"{kind} without a charset")
    if place := REVEALING.search(answer.text):
        found.append(f"it says {place[0]!r}")
    return found


async def test_a_trusted_proxy_may_say_that_the_site_has_https(gateway: Gateway) -> None:
    folder = gateway.dependencies.settings.data_dir / "b"
    async with running_gateway(gateway.broker, folder, trusted_proxies="private") as behind:
        answer = await behind.visitor().get("/healthz", headers={"x-forwarded-proto": "https"})
    assert "strict-transport-security" in answer.headers


@pytest.mark.parametrize("hosts", [[], ["localhost", "localhost"], ["localhost", "evil.example"]])
async def test_a_request_names_exactly_one_host(gateway: Gateway, hosts: list[str]) -> None:
    assert await _status_of(gateway, [(b"host", host.encode()) for host in hosts]) == 400


async def test_browser_spans_are_accepted_before_the_page_knows_its_session(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    csrf = ada.http.headers.pop("x-csrf-token")
    answer = await ada.http.post("/v1/telemetry/traces", json=document(span()))
    assert answer.status_code == 202
    assert (await ada.submit()).json()["code"] == "csrf_mismatch"
    ada.http.headers["x-csrf-token"] = csrf


async def _status_of(gateway: Gateway, headers: list[tuple[bytes, bytes]]) -> int:
    """Return the status of a request with exactly these headers; HTTP clients always send one host."""
    scope: Scope = {
        "type": "http",
        "method": "GET",
        "path": "/v1/communities",
        "raw_path": b"/v1/communities",
        "query_string": b"",
        "scheme": "http",
        "headers": headers,
        "client": ("127.0.0.1", 4711),
        "server": ("127.0.0.1", 80),
    }
    answers: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        answers.append(message)

    async with asyncio.timeout(30):
        await gateway.app(scope, receive, send)
    return int(answers[0]["status"])
