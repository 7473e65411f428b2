"""Tests of the headers that protect answers: from caches, from unencrypted connections, and from two hosts at once."""

import asyncio

import pytest
from starlette.types import Message, Scope

from tests.gateway.conftest import Gateway, running_gateway
from tests.gateway.test_browser_spans import document, span
from tests.gateway.test_capabilities_on_broker import ROUTES

pytestmark = pytest.mark.broker

# Answers that are the same for everybody, so that browsers may keep them. All others are never stored.
KEPT = {"/v1/policy", "/v1/policy/" + "0" * 64, "/v1/device/model", "/v1/device/files/" + "0" * 64 + ".onnx"}
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
