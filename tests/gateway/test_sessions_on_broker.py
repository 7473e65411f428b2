"""Tests of sessions: proofs, limits, devices, cookies, and guesses against an account."""

import logging
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from services.gateway.accounts.guess_limits import GuessLimits
from services.gateway.accounts.shared_guesses import GUESSES, WINDOW_S
from services.gateway.accounts.user_agents import summarize
from services.gateway.http.caller import PROOF_LASTS
from services.gateway.http.guard import SAFE_METHODS
from shared.problems import TooManyRequests
from shared.security.capabilities import CAPABILITIES, TABLE
from shared.testing import TestBroker
from tests.gateway.conftest import PASSWORD, Gateway, Person, running_gateway
from tests.gateway.test_capabilities_on_broker import ROUTES

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
broker = pytest.mark.broker
PROVED = [
    (method, address) for method, address, name in ROUTES if CAPABILITIES[name].proof and method not in SAFE_METHODS
]


async def age(gateway: Gateway, person: Person, **fields: timedelta) -> None:
    """Make times of a person's session lie in the past."""
    key = sha256(person.http.cookies["ottit_session"].encode()).hexdigest()
    bucket = await (await gateway.operator()).jetstream().key_value("SESSIONS")
    grant = await gateway.dependencies.sessions.find(person.http.cookies["ottit_session"])
    assert grant is not None
    older = grant.model_copy(update={name: datetime.now(UTC) - age for name, age in fields.items()})
    await bucket.put(key, older.model_dump_json().encode())
    gateway.dependencies.sessions._forget(key)


async def wrong_guess(http: httpx.AsyncClient, handle: str = "ada") -> httpx.Response:
    return await http.post("/v1/sessions", json={"handle": handle, "password": "wrong guess"})


def test_what_a_stolen_session_must_not_do_needs_a_proof() -> None:
    needing = {row.name for row in TABLE if row.proof}
    assert {"create_token", "change_password", "change_sign_in", "erase_me"} <= needing
    roles = {row.name for row in TABLE if "role_granted" in row.records or "role_revoked" in row.records}
    assert roles <= needing
    assert len(PROVED) >= 6


@broker
@pytest.mark.parametrize(("method", "address"), PROVED)
async def test_every_such_route_refuses_a_session_without_a_fresh_proof(
    gateway: Gateway, method: str, address: str
) -> None:
    admin = await gateway.person("chief", "admin")
    await age(gateway, admin, proved_at=PROOF_LASTS + timedelta(seconds=1))
    refused = await admin.http.request(method, address, json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "proof_needed")
    wrong = await admin.http.post("/v1/me/proof", json={"password": "wrong guess"})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_password")
    assert (await admin.http.post("/v1/me/proof", json={"password": PASSWORD})).status_code == 204
    assert "proof_needed" not in (await admin.http.request(method, address, json={})).text


@broker
async def test_an_idle_session_ends_and_a_used_one_lasts(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    await age(gateway, ada, last_used_at=timedelta(days=4))
    assert (await ada.http.get("/v1/me")).status_code == 200
    await age(gateway, ada, last_used_at=timedelta(days=5, seconds=1))
    assert (await ada.http.get("/v1/me")).status_code == 401


@broker
async def test_sessions_show_device_and_last_use_and_all_others_can_be_ended(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    other = gateway.visitor()
    await other.post("/v1/sessions", json={"handle": "ada", "password": PASSWORD}, headers={"user-agent": FIREFOX})
    token = (await ada.http.post("/v1/tokens", json={"name": "script", "scopes": ["see_me"]})).json()["id"]
    items = (await ada.http.get("/v1/tokens")).json()["items"]
    assert "Firefox, Linux" in [item["device"] for item in items]
    assert all(item["last_used_at"] for item in items if item["kind"] == "session")
    assert (await ada.http.delete("/v1/sessions/others")).status_code == 204
    assert (await other.get("/v1/me")).status_code == 401
    left = (await ada.http.get("/v1/tokens")).json()["items"]
    assert {(item["kind"], item["current"]) for item in left} == {("session", True), ("token", False)}
    assert token in [item["id"] for item in left]


@broker
async def test_cookies_over_https_have_the_host_prefix(broker: TestBroker, tmp_path: Path) -> None:
    async with running_gateway(broker, tmp_path, secure_cookies=True) as gateway:
        http = httpx.AsyncClient(transport=httpx.ASGITransport(gateway.app), base_url="https://localhost")
        account = {"handle": "ada", "password": PASSWORD}
        await http.post("/v1/accounts", json=account)
        answer = await http.post("/v1/sessions", json=account)
        cookies = answer.headers.get_list("set-cookie")
        assert [one.partition("=")[0] for one in cookies] == ["__Host-ottit_session", "__Host-ottit_device"]
        assert all("Secure" in one and "HttpOnly" in one and "Path=/" in one and "Domain" not in one for one in cookies)
        assert all("SameSite=lax" in one for one in cookies)
        assert (await http.get("/v1/me")).status_code == 200


@broker
async def test_a_sign_in_ends_the_session_that_the_browser_had(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    before = ada.http.cookies["ottit_session"]
    again = await ada.http.post("/v1/sessions", json={"handle": "ada", "password": PASSWORD})
    assert again.status_code == 201
    assert ada.http.cookies["ottit_session"] != before
    stale = gateway.visitor()
    stale.cookies.set("ottit_session", before)
    assert (await stale.get("/v1/me")).status_code == 401


@broker
async def test_a_proof_replaces_the_sessions_token(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    before = ada.http.cookies["ottit_session"]
    until = (await ada.http.get("/v1/tokens")).json()["items"][0]["expires_at"]
    assert (await ada.http.post("/v1/me/proof", json={"password": PASSWORD})).status_code == 204
    assert ada.http.cookies["ottit_session"] != before
    stale = gateway.visitor()
    stale.cookies.set("ottit_session", before)
    assert (await stale.get("/v1/me")).status_code == 401
    listed = (await ada.http.get("/v1/tokens")).json()["items"]  # the CSRF token has stayed, too:
    assert [(one["current"], one["expires_at"]) for one in listed] == [(True, until)]
    assert (await ada.http.post("/v1/me/recovery-codes")).status_code == 201


@broker
async def test_sign_ins_refusals_and_exceeded_rates_are_logged_without_names(
    broker: TestBroker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with running_gateway(broker, tmp_path) as gateway:
        ada = await gateway.person("ada")
        await wrong_guess(gateway.visitor())
        await ada.http.get("/v1/roles")
        await ada.http.post("/v1/posts", json={})
        gateway.dependencies.guard.limiter._rates["see_me"] = 1
        for _ in range(4):
            await ada.http.get("/v1/me")
    ours = [vars(one) for one in caplog.records if one.name.startswith("services.gateway")]
    seen = [(one["message"], one.get("code"), one.get("path"), one.get("user_id")) for one in ours]
    assert ("a session began", None, "/v1/sessions", ada.id) in seen
    assert ("a password was wrong", None, None, ada.id) in seen
    assert ("a request was refused", "wrong_credentials", "/v1/sessions", "") in seen
    assert ("a request was refused", "forbidden", "/v1/roles", ada.id) in seen
    assert ("a request was refused", "invalid", "/v1/posts", ada.id) in seen
    assert seen.count(("a rate was exceeded", None, "see_me", ada.id)) == 1
    assert "ada" not in caplog.text.replace(ada.id, "")


@broker
async def test_guesses_from_strangers_are_refused_while_a_known_browser_signs_in(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    strangers = [await wrong_guess(gateway.visitor()) for _ in range(GUESSES + 1)]
    assert [answer.status_code for answer in strangers] == [401] * GUESSES + [429]
    assert strangers[-1].json()["code"] == "too_many_guesses"
    assert int(strangers[-1].headers["retry-after"]) > 60
    right = {"handle": "ada", "password": PASSWORD}
    assert (await gateway.visitor().post("/v1/sessions", json=right)).status_code == 429
    nobody = [await wrong_guess(gateway.visitor(), "nobody-here") for _ in range(GUESSES + 1)]
    assert [(one.status_code, one.json()["code"]) for one in nobody] == [
        (one.status_code, one.json()["code"]) for one in strangers
    ]

    back = await ada.http.post("/v1/sessions", json=right)
    assert back.status_code == 201
    assert back.json()["guessed_at"]
    ada.http.headers["x-csrf-token"] = back.json()["csrf_token"]
    assert (await ada.http.get("/v1/me/security")).json()["guessed_at"]


async def test_wrong_guesses_expire_and_right_ones_do_not_count() -> None:
    now = [1000.0]
    limits = GuessLimits(clock=lambda: now[0])
    for _ in range(3 * GUESSES):
        await limits.give_back(await limits.take("ada"))
    last = [await limits.is_last(await limits.take("ada")) for _ in range(GUESSES)]
    assert last == [False] * (GUESSES - 1) + [True]
    with pytest.raises(TooManyRequests):
        await limits.take("ada")
    await limits.take("ada", "a known device")
    await limits.take("ben")
    now[0] += WINDOW_S
    await limits.take("ada")


@pytest.mark.parametrize(
    ("header", "device"), [(FIREFOX, "Firefox, Linux"), (CHROME, "Chrome, Windows"), ("x <b>", ""), ("", "")]
)
def test_a_user_agent_is_summarized_in_our_own_words(header: str, device: str) -> None:
    assert summarize(header) == device
