"""Tests of attacks on accounts by members and strangers: every way around a proof or a limit is closed."""

import httpx
import pytest
from webauthn.helpers import bytes_to_base64url

from services.gateway.accounts.shared_guesses import GUESSES
from tests.gateway.conftest import PASSWORD, Gateway, Person
from tests.gateway.test_passkeys_on_broker import answer_of, use

pytestmark = pytest.mark.broker
NEW = "rainy tulips counting"
ELSEWHERE = "192.0.2.7"


async def reset(http: httpx.AsyncClient, **body: str) -> tuple[int, str]:
    answer = await http.post("/v1/password-resets/completion", json={"new": NEW} | body)
    return answer.status_code, answer.json()["code"] if answer.content else ""


async def sign_in(http: httpx.AsyncClient, handle: str, password: str = PASSWORD) -> int:
    return (await http.post("/v1/sessions", json={"handle": handle, "password": password})).status_code


async def change_password(person: Person) -> None:
    answer = await person.http.post("/v1/me/password", json={"current": PASSWORD, "new": NEW})
    assert answer.status_code == 204


async def test_a_proof_by_a_token_counts_for_no_session_that_comes_with_it(gateway: Gateway) -> None:
    eve, ada = await gateway.person("eve"), await gateway.person("ada")
    wanted = {"name": "script", "scopes": ["prove_identity"]}
    token = (await eve.http.post("/v1/tokens", json=wanted)).raise_for_status().json()["token"]
    thief = gateway.visitor()
    thief.cookies.set("ottit_session", ada.http.cookies["ottit_session"])
    proof = await thief.post("/v1/me/proof", json={"password": PASSWORD}, headers={"authorization": f"Bearer {token}"})
    assert (proof.status_code, proof.json()["code"]) == (403, "session_needed")
    assert "set-cookie" not in proof.headers


async def test_a_wrong_code_never_tells_if_a_password_is_right(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    await change_password(ada)
    guesses = [{"code": f"{ada.id}.wrong"}, {"code": "wrong", "handle": "ada"}]
    assert {await reset(gateway.visitor(), **one) for one in guesses} == {(401, "wrong_code")}
    assert (await ada.http.get("/v1/me")).status_code == 200


async def test_a_used_code_repeats_nothing_after_another_change(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    codes = (await ada.http.post("/v1/me/recovery-codes")).json()["codes"]
    for code in codes[:2]:
        assert await reset(gateway.visitor(), handle="ada", code=code) == (204, "")
    assert await reset(gateway.visitor(), handle="ada", code=codes[1]) == (204, "")
    assert await reset(gateway.visitor(), handle="ada", code=codes[0]) == (401, "wrong_code")


async def test_an_account_has_one_name_to_guess_at(gateway: Gateway) -> None:
    ada = await gateway.person("ada", "moderator")
    made = (await ada.http.post("/v1/invitations", json={})).raise_for_status().json()
    await change_password(ada)
    codes = (await ada.http.post("/v1/me/recovery-codes")).json()["codes"]
    for alias in (f"credentials.{ada.id}", f"invitation.{made['invitation']['id']}", ada.id, "ada/", "ada."):
        assert await sign_in(gateway.visitor(), alias, NEW) == 401
        assert await reset(gateway.visitor(), handle=alias, code=codes[0]) == (401, "wrong_code")


async def test_a_passkey_of_any_user_is_unknown_and_keeps_the_broker(gateway: Gateway) -> None:
    names = ["*", ">", "a b", ".", "\n", "x" * 5000, "x" * 100_000, "\u00e9"]
    wrong: list[object] = [bytes_to_base64url(b"\xff"), "\u00e9", "", "====", None, ["x"], {"x": 1}, True]
    answers = [answer_of(name) for name in names] + [{"id": "x", "response": {"userHandle": one}} for one in wrong]
    broker = gateway.dependencies.broker
    before = broker.stats["reconnects"]
    for answer in answers:
        assert await use(gateway.visitor(), answer) == (401, "passkey_unknown")
    assert broker.is_connected
    assert broker.stats["reconnects"] == before


async def test_a_browser_of_a_handles_former_owner_is_unknown(gateway: Gateway) -> None:
    eve = await gateway.person("ada")
    assert (await eve.http.request("DELETE", "/v1/me", json={"password": PASSWORD})).status_code == 204
    await gateway.person("ada")
    eve.http.headers.pop("x-csrf-token")
    for http in [gateway.visitor()] * GUESSES:
        assert await sign_in(http, "ada", "wrong guess") == 401
    assert await sign_in(eve.http, "ada", "wrong guess") == 429


async def test_strangers_do_not_keep_an_owner_from_recovery(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    codes = (await ada.http.post("/v1/me/recovery-codes")).json()["codes"]
    stranger = gateway.visitor(ELSEWHERE)
    answers = [await reset(stranger, handle="ada", code="wrong") for _ in range(GUESSES + 1)]
    assert answers == [(401, "wrong_code")] * GUESSES + [(429, "too_many_guesses")]
    assert await reset(gateway.visitor(), handle="ada", code=codes[0]) == (204, "")


async def test_signing_out_with_an_invented_cookie_stores_nothing(gateway: Gateway) -> None:
    await gateway.person("ada")
    http = gateway.visitor()
    http.cookies.set("ottit_session", "invented")
    assert (await http.delete("/v1/sessions/current")).status_code == 204
    http.cookies.set("ottit_session", "invented, too")
    assert await sign_in(http, "ada") == 201
    stored = await (await gateway.operator()).jetstream().stream_info("KV_REVOKED")
    assert stored.state.messages == 0


async def test_a_password_that_is_reset_during_its_check_begins_no_session(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await gateway.person("ada")
    codes = (await ada.http.post("/v1/me/recovery-codes")).json()["codes"]
    hashing = gateway.dependencies.accounts.hashing
    matches = hashing.matches

    async def slowly(stored: str, password: str, *, is_known: bool = False) -> bool:
        fits = await matches(stored, password, is_known=is_known)
        if password == PASSWORD:
            assert await reset(gateway.visitor(), handle="ada", code=codes[0]) == (204, "")
        return fits

    monkeypatch.setattr(hashing, "matches", slowly)
    assert await sign_in(gateway.visitor(), "ada") == 401
    assert await gateway.dependencies.sessions.of(ada.id) == []


async def test_only_wrong_passwords_and_codes_count(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    codes = (await ada.http.post("/v1/me/recovery-codes")).json()["codes"]
    for _ in range(GUESSES + 1):
        weak = await ada.http.post("/v1/me/password", json={"current": PASSWORD, "new": "password12"})
        assert weak.json()["code"] == "password_common"
        assert await reset(gateway.visitor(), handle="ada", code=codes[0], new="password12") == (422, "password_common")
    assert await reset(gateway.visitor(), handle="ada", code=codes[0]) == (204, "")
