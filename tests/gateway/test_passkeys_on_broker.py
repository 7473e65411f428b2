"""Tests of passkeys without a browser: every wrong answer is refused, and challenges count once."""

import httpx
import pytest
from webauthn.helpers import bytes_to_base64url

from services.gateway.accounts.credential_store import Passkey, UserCredentials
from shared.testing import AT
from tests.gateway.conftest import Gateway

pytestmark = pytest.mark.broker


def answer_of(user_id: str, passkey_id: str = "AAAA") -> dict[str, object]:
    """Return an answer with a worthless signature."""
    response = {
        "clientDataJSON": bytes_to_base64url(b'{"type":"webauthn.get","challenge":"AAAA","origin":"http://localhost"}'),
        "authenticatorData": bytes_to_base64url(bytes(37)),
        "signature": bytes_to_base64url(b"none"),
        "userHandle": bytes_to_base64url(user_id.encode()),
    }
    return {"id": passkey_id, "rawId": passkey_id, "type": "public-key", "response": response}


async def use(http: httpx.AsyncClient, credential: dict[str, object]) -> tuple[int, str]:
    """Begin to use a passkey, and send an answer."""
    (await http.post("/v1/passkeys/options")).raise_for_status()
    answer = await http.post("/v1/sessions/passkey", json={"credential": credential})
    return answer.status_code, answer.json()["code"]


async def test_every_wrong_answer_is_refused_alike(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    await give_passkey(gateway, ada.id)
    wrong: list[dict[str, object]] = [
        answer_of(ada.id),
        answer_of(ada.id, "BBBB"),
        answer_of("nobody"),
        {},
        {"response": {"userHandle": 3}},
    ]
    assert {await use(gateway.visitor(), one) for one in wrong} == {(401, "passkey_unknown")}


async def test_a_challenge_is_needed_and_counts_once(gateway: Gateway) -> None:
    http = gateway.visitor()
    without = await http.post("/v1/sessions/passkey", json={"credential": {}})
    assert (without.status_code, without.json()["code"]) == (422, "challenge_expired")
    await http.post("/v1/passkeys/options")
    challenge = http.cookies["ottit_challenge"]
    await http.post("/v1/sessions/passkey", json={"credential": {}})
    http.cookies.set("ottit_challenge", challenge)
    again = await http.post("/v1/sessions/passkey", json={"credential": {}})
    assert again.json()["code"] == "challenge_expired"


async def test_a_challenge_to_sign_in_adds_no_passkey(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    await ada.http.post("/v1/passkeys/options")
    wanted = {"name": "phone", "credential": {}}
    assert (await ada.http.post("/v1/me/passkeys", json=wanted)).json()["code"] == "challenge_expired"
    options = (await ada.http.post("/v1/me/passkeys/options")).json()["options"]
    assert (options["rp"]["id"], options["authenticatorSelection"]["userVerification"]) == ("localhost", "required")
    assert (await ada.http.post("/v1/me/passkeys", json=wanted)).json()["code"] == "passkey_refused"


async def test_passkeys_are_listed_and_removed_by_their_owner_only(gateway: Gateway) -> None:
    ada, ben = await gateway.person("ada"), await gateway.person("ben")
    await give_passkey(gateway, ada.id)
    assert [one["name"] for one in (await ada.http.get("/v1/me/passkeys")).json()["items"]] == ["phone"]
    assert (await ben.http.get("/v1/me/passkeys")).json()["items"] == []
    assert (await ben.http.delete("/v1/me/passkeys/AAAA")).status_code == 404
    assert (await ada.http.delete("/v1/me/passkeys/AAAA")).status_code == 204
    assert (await ada.http.delete("/v1/me/passkeys/AAAA")).status_code == 404


async def give_passkey(gateway: Gateway, user_id: str) -> None:
    """Store a passkey whose private key nobody has."""
    name = (await gateway.dependencies.keys.key_of(user_id)).seal(b"phone", user_id)
    passkey = Passkey(id="AAAA", public_key="AAAA", sign_count=0, name=name, created_at=AT)

    def given(now: UserCredentials) -> UserCredentials:
        return now.model_copy(update={"passkeys": (passkey,)})

    await gateway.dependencies.accounts.credentials.change(user_id, given)
