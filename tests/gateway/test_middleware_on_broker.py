"""Tests of limits, headers, rates and problem details over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from prometheus_client import generate_latest

from services.gateway.communities.queries import CommunityQueries
from services.gateway.communities.schemas import Community
from services.gateway.http.middleware import MAX_BODY_BYTES
from services.gateway.http.rate_limiter import Limiter
from services.gateway.http.security_headers import SECURITY_HEADERS
from shared.ids import new_id
from shared.security.capabilities import CAPABILITIES
from tests.gateway.conftest import BASE, PASSWORD, Gateway, running_gateway

pytestmark = pytest.mark.broker
JSON = {"content-type": "application/json"}
KEY = "sk-proj-ab_Cd-3vQ8rTz1LmN0pXw7KcYb2HdSgJ5fUa4E_x-3vQ8rTz1LmN0pXw7KcYb2"


async def test_every_answer_carries_the_security_headers(gateway: Gateway) -> None:
    for address in ("/healthz", "/v1/nothing", "/v1/communities", "/"):
        answer = await gateway.visitor().get(address)
        assert {name: answer.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS


async def test_a_body_over_the_limit_is_refused_with_and_without_content_length(gateway: Gateway) -> None:
    ada = await gateway.person("ada")

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 1024 + 2):
            yield b" " * 1024

    announced = await ada.http.post("/v1/posts", content=b" " * (MAX_BODY_BYTES + 1), headers=JSON)
    streamed = await ada.http.post("/v1/posts", content=endless(), headers=JSON)
    assert (announced.status_code, announced.json()["code"]) == (413, "too_large")
    assert (streamed.status_code, streamed.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff\xfe", b"null"])
async def test_a_malformed_body_is_a_problem_with_a_code(gateway: Gateway, body: bytes) -> None:
    ada = await gateway.person("ada")
    answer = await ada.http.post("/v1/posts", content=body, headers=JSON)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] in ("not_json", "invalid", "bad_request")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "not-an-id"),
        ("id", "7f1b3c9e-0000-4000-8000-000000000000"),
        ("title", "x" * 301),
        ("body", "x" * 40_001),
        ("body", "a NUL \x00 inside"),
        ("community", "No Such Form"),
        ("surprise", "unknown field"),
    ],
)
async def test_an_invalid_field_is_named(gateway: Gateway, field: str, value: str) -> None:
    ada = await gateway.person("ada")
    answer = await ada.submit(**{field: value})
    assert answer.status_code == 422
    assert [row["field"] for row in answer.json()["errors"]] == [field]


async def test_the_longest_post_fits(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    accepted = await ada.submit(title="t" * 300, body="\U0001f345" * 40_000)
    assert accepted.status_code == 202


async def test_a_wrong_method_is_answered_with_the_allowed_ones(gateway: Gateway) -> None:
    answer = await gateway.visitor().get("/v1/accounts")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    both = await gateway.visitor().request("DELETE", "/v1/communities")
    assert both.headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize("address", ["/healthz", "/v1/communities", "/v1/capabilities", "/openapi.json"])
async def test_head_answers_with_the_headers_of_get(gateway: Gateway, address: str) -> None:
    visitor = gateway.visitor()
    whole, head = await visitor.get(address), await visitor.head(address)
    assert (head.status_code, head.content) == (200, b"")
    same = [name for name in whole.headers if not name.startswith("ratelimit")]
    assert [head.headers[name] for name in same] == [whole.headers[name] for name in same]


async def test_head_of_a_write_only_route_is_not_allowed(gateway: Gateway) -> None:
    answer = await gateway.visitor().head("/v1/accounts")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_head_of_a_stream_ends(gateway: Gateway) -> None:
    async with asyncio.timeout(5):
        answer = await gateway.visitor().head("/v1/stream")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")


async def test_an_internal_error_is_counted_and_has_the_security_headers(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: CommunityQueries) -> list[Community]:
        raise ZeroDivisionError

    monkeypatch.setattr(CommunityQueries, "all", broken)
    transport = httpx.ASGITransport(gateway.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as visitor:
        answer = await visitor.get("/v1/communities")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    counted = 'http_request_method="GET",http_response_status_code="500",http_route="/v1/communities"'
    assert f"http_server_request_duration_seconds_count{{{counted}" in generate_latest().decode()


async def test_rates_are_announced_and_enforced(gateway: Gateway) -> None:
    gateway.dependencies.guard.limiter = Limiter(1.0, clock=lambda: 30.0)
    visitor = gateway.visitor()
    rate = CAPABILITIES["sign_in"].per_minute
    wrong = {"handle": "nobody", "password": PASSWORD}
    answers = [await visitor.post("/v1/sessions", json=wrong) for _ in range(rate + 1)]
    assert answers[0].headers["ratelimit-remaining"] == str(rate - 1)
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "too_many_requests")
    assert int(answers[-1].headers["retry-after"]) >= 1


async def test_a_handle_can_be_registered_only_once(gateway: Gateway) -> None:
    await gateway.person("ada")
    other = {"handle": "ada", "password": "another pass phrase of mine"}
    again = await gateway.visitor().post("/v1/accounts", json=other)
    assert (again.status_code, again.json()["code"]) == (409, "handle_taken")


@pytest.mark.parametrize("handle", ["nobody", "ada", "", "\udb97\uddbb", "../x"])
async def test_a_failed_sign_in_does_not_reveal_the_reason(gateway: Gateway, handle: str) -> None:
    await gateway.person("ada")
    body = json.dumps({"handle": handle, "password": "wrong" * 3})
    answer = await gateway.visitor().post("/v1/sessions", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials")


async def test_a_vote_counts_once_and_can_be_withdrawn(gateway: Gateway) -> None:
    ada = await gateway.person("ada", "moderator")  # whose votes count fully
    accepted = (await ada.submit()).json()
    post_id = accepted["id"]
    await ada.http.get(f"/v1/posts/{post_id}", params={"after": accepted["sequence"]})
    for value, score in ((1, 1), (1, 1), (-1, -1), (0, 0)):
        answer = await ada.http.put(f"/v1/posts/{post_id}/vote", json={"value": value})
        assert (answer.json()["votes"]["score"], answer.json()["my_vote"]) == (score, value)


async def test_a_vote_on_an_unknown_post_is_not_found(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    assert (await ada.http.put(f"/v1/posts/{new_id()}/vote", json={"value": 1})).status_code == 404


async def test_a_request_with_a_secret_key_is_refused_and_not_logged(
    gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    ada = await gateway.person("ada")
    draft = {"community": "garden", "title": "", "body": f"It is {KEY}."}
    answers = [
        await ada.http.get("/v1/feed", params={"key": KEY}),
        await ada.http.get(f"/{KEY}"),
        await ada.http.get("/v1/feed", headers={"authorization": f"Bearer {KEY}"}),
        await ada.http.get("/", headers={"x-api-key": KEY}),
        await ada.submit(body=f"It is {KEY}."),
        await ada.http.post("/v1/previews/check", json=draft),
        await ada.http.post("/v1/telemetry/traces", json={"resourceSpans": [{"scopeSpans": [KEY]}]}),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(400, "looks_like_a_key")}
    assert all(KEY not in answer.text for answer in answers)
    ours = [record for record in caplog.records if not record.name.startswith("httpx")]  # the test's own client
    assert KEY not in "".join(f"{record.getMessage()} {vars(record)}" for record in ours)
    assert (await ada.http.get("/v1/me/posts")).json()["items"] == []
    assert (await ada.submit(body=f"It begins with {KEY[:10]}…")).status_code == 202


async def test_only_the_users_own_page_may_connect_to_their_providers(gateway: Gateway) -> None:
    chosen = {"cookie": "ottit_providers=https%3A%2F%2Fapi.example.com|http%3A%2F%2Flocalhost%3A11434"}
    hostile = {"cookie": "ottit_providers=https%3A%2F%2Fa.example%0d%0aSet-Cookie:x=1|*|https%3A%2F%2Fb.example%3Bx"}
    if not (gateway.dependencies.settings.client_dir / "index.html").is_file():
        pytest.skip("the web client has not been built: make client")
    own = await gateway.visitor().get("/write", headers=chosen)
    assert (
        "connect-src 'self' https://api.example.com http://localhost:11434;" in own.headers["content-security-policy"]
    )
    prefixed = {"cookie": f"__Host-{chosen['cookie']}"}
    same = await gateway.visitor().get("/write", headers=prefixed)
    assert same.headers["content-security-policy"] == own.headers["content-security-policy"]
    for headers in ({}, hostile):
        other = await gateway.visitor().get("/write", headers=headers)
        assert other.headers["content-security-policy"] == SECURITY_HEADERS["Content-Security-Policy"]
        assert "set-cookie" not in other.headers


async def test_over_https_no_other_host_can_choose_the_providers(gateway: Gateway) -> None:
    """A page of a host below this one could set a cookie without the prefix."""
    if not (gateway.dependencies.settings.client_dir / "index.html").is_file():
        pytest.skip("the web client has not been built: make client")
    folder = gateway.dependencies.settings.data_dir / "b"
    async with running_gateway(gateway.broker, folder, secure_cookies=True) as it:
        for prefix, counts in (("", False), ("__Host-", True)):
            chosen = {"cookie": f"{prefix}ottit_providers=https%3A%2F%2Fapi.example.com"}
            policy = (await it.visitor().get("/write", headers=chosen)).headers["content-security-policy"]
            assert ("https://api.example.com" in policy) is counts


async def test_the_bytes_that_somebody_sends_are_limited(gateway: Gateway) -> None:
    ada, bob = await gateway.person("ada"), await gateway.person("bob")
    gateway.dependencies.guard.limiter = Limiter(1.0, clock=lambda: 30.0)
    bodies = [await ada.submit(body="x" * 40_000) for _ in range(11)]
    assert [answer.status_code for answer in bodies] == [202] * 9 + [429] * 2
    assert bodies[-1].json()["code"] == "too_many_bytes"
    assert int(bodies[-1].headers["retry-after"]) >= 1
    assert (await bob.submit()).status_code == 202


async def test_many_accounts_at_one_address_share_its_bytes(gateway: Gateway) -> None:
    people = [await gateway.person(f"person-{number}") for number in range(8)]
    gateway.dependencies.guard.limiter = Limiter(1.0, clock=lambda: 30.0)
    answers = [await person.submit(body="x" * 40_000) for person in people for _ in range(7)]
    assert sum(answer.status_code == 202 for answer in answers) == 49
