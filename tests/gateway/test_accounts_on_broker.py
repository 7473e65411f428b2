"""Tests of sessions, tokens, suspensions and erasure."""

from pathlib import Path

import pytest

from shared.log.events import PostSubmitted, UserErased, record
from shared.security.data_keys import Erased
from shared.testing import AT, TestBroker
from tests.faults.waiting import wait_until
from tests.gateway.conftest import PASSWORD, Gateway, Person, running_gateway
from tests.gateway.test_posts_on_broker import publish

pytestmark = pytest.mark.broker
CANARY = "canary-5521"


async def erase(person: Person, password: str = PASSWORD) -> int:
    answer = await person.http.request("DELETE", "/v1/me", json={"password": password})
    return answer.status_code


async def token_of(person: Person, *scopes: str) -> tuple[str, str]:
    made = (await person.http.post("/v1/tokens", json={"name": "backup", "scopes": [*scopes]})).json()
    return made["id"], made["token"]


async def test_users_see_only_their_own_sessions_and_tokens(gateway: Gateway) -> None:
    ada, _ = await gateway.person("ada"), await gateway.person("ben")
    token_id, secret = await token_of(ada, "see_me")
    listing = await ada.http.get("/v1/tokens")
    items = listing.json()["items"]
    assert [(item["kind"], item["name"], item["current"]) for item in items] == [
        ("token", "backup", False),
        ("session", "", True),
    ]
    assert items[0]["id"] == token_id
    assert secret not in listing.text


async def test_a_revoked_token_is_refused_at_once(gateway: Gateway) -> None:
    ada, ben = await gateway.person("ada"), await gateway.person("ben")
    token_id, secret = await token_of(ada, "see_me")
    program = gateway.visitor()
    program.headers["authorization"] = f"Bearer {secret}"
    assert (await program.get("/v1/me")).status_code == 200
    assert (await ben.http.delete(f"/v1/tokens/{token_id}")).status_code == 404
    assert (await ada.http.delete(f"/v1/tokens/{token_id}")).status_code == 204
    assert (await program.get("/v1/me")).status_code == 401
    assert (await ada.http.delete(f"/v1/tokens/{token_id}")).status_code == 404
    assert (await ada.http.get("/v1/me")).status_code == 200


async def test_a_suspended_user_can_read_but_not_write_and_sees_the_reason(gateway: Gateway) -> None:
    ada, moderator = await gateway.person("ada"), await gateway.person("moderator", "moderator")
    wanted = {"reason": "The same advertisement four times.", "days": 3}
    done = await moderator.http.post("/v1/users/ada/suspension", json=wanted)
    assert (done.status_code, done.json()["standing"]) == (202, "suspended")
    refused = await ada.submit()
    me = (await ada.http.get("/v1/me")).json()
    assert (refused.status_code, refused.json()["code"]) == (403, "suspended")
    assert (me["standing"], me["suspension"]["reason"]) == ("suspended", wanted["reason"])
    assert me["suspension"]["until"]
    assert (await ada.http.get("/v1/communities")).status_code == 200
    assert (await moderator.http.delete("/v1/users/ada/suspension")).json()["standing"] == "good"
    assert (await ada.http.get("/v1/me")).json()["suspension"] is None
    assert (await ada.submit()).status_code == 202


async def test_a_suspension_without_an_end_has_a_null_end(gateway: Gateway) -> None:
    ada, moderator = await gateway.person("ada"), await gateway.person("moderator", "moderator")
    await moderator.http.post("/v1/users/ada/suspension", json={"reason": "spam"})
    assert (await ada.http.get("/v1/me")).json()["suspension"] == {"reason": "spam", "until": None}


async def test_users_cannot_suspend_themselves_or_higher_roles(gateway: Gateway) -> None:
    await gateway.person("admin", "admin")
    moderator = await gateway.person("moderator", "moderator")
    await gateway.person("colleague", "moderator")
    local = await gateway.person("local", "moderator", "garden")
    await gateway.person("ada")
    codes = [
        (await by.http.post(f"/v1/users/{of}/suspension", json={"reason": "no"})).json()["code"]
        for by, of in ((moderator, "moderator"), (moderator, "admin"), (moderator, "colleague"), (local, "ada"))
    ]
    assert codes == ["own_standing", "rank_too_high", "rank_too_high", "not_moderator_everywhere"]


async def test_an_erasure_requires_the_password(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    assert await erase(ada, "wrong password") == 403
    assert (await ada.http.get("/v1/me")).status_code == 200


async def test_an_erased_user_is_signed_out_everywhere(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    _, secret = await token_of(ada, "see_me")
    other = gateway.visitor()
    await other.post("/v1/sessions", json={"handle": "ada", "password": PASSWORD})
    program = gateway.visitor()
    program.headers["authorization"] = f"Bearer {secret}"
    assert await erase(ada) == 204
    for http in (ada.http, other, program):
        assert (await http.get("/v1/me")).status_code == 401
    again = await gateway.visitor().post("/v1/sessions", json={"handle": "ada", "password": PASSWORD})
    assert (again.status_code, again.json()["code"]) == (401, "wrong_credentials")
    with pytest.raises(Erased):
        await gateway.dependencies.keys.key_of(ada.id)


async def test_texts_and_handle_of_an_erased_user_are_unreadable(
    broker: TestBroker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with running_gateway(broker, tmp_path) as gateway:
        await gateway.community()
        ada, ben = await gateway.person("gone-handle"), await gateway.person("ben")
        post_id = (await ada.submit(title=CANARY, body=f"{CANARY} in a text")).json()["id"]
        await publish(gateway, post_id)
        await ben.http.post(f"/v1/posts/{post_id}/report", json={"reason": f"quotes {CANARY}"})
        held = (await ada.submit(body=CANARY)).json()["id"]
        await publish(gateway, held, outcome="rejected")
        appeal = (await ada.http.post(f"/v1/posts/{held}/appeal", json={"reason": CANARY})).json()
        await gateway.seen(appeal["sequence"])
        assert (await gateway.visitor().get(f"/v1/posts/{post_id}")).json()["title"] == CANARY
        assert files_with(CANARY.encode(), tmp_path, broker.folder)
        assert await erase(ada) == 204
        assert (await gateway.visitor().get(f"/v1/posts/{post_id}")).status_code == 404
        assert (await gateway.visitor().get("/v1/users/gone-handle")).status_code == 404
        submission = await gateway.dependencies.log.last_by_subject(PostSubmitted.subject(post_id))
        assert submission is not None
        accounts = await (await gateway.operator()).jsm().stream_info("KV_ACCOUNTS", subjects_filter="$KV.ACCOUNTS.>")
        assert "$KV.ACCOUNTS.gone-handle" not in (accounts.state.subjects or {})
    # The broker's files with log, buckets and output, and the views with their write-ahead logs.
    assert files_with(CANARY.encode(), tmp_path, broker.folder) == []
    ours = [entry for entry in caplog.records if not entry.name.startswith("httpx")]
    assert CANARY not in "".join(f"{entry.getMessage()} {vars(entry)}" for entry in ours)


def files_with(canary: bytes, *folders: Path) -> list[Path]:
    """Return the files in these folders that contain these bytes."""
    return [path for folder in folders for path in folder.rglob("*") if path.is_file() and canary in path.read_bytes()]


async def test_damaged_credentials_are_logged_without_the_handle(
    gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    await gateway.person("logged-nowhere")
    await gateway.dependencies.accounts.credentials._bucket.put("logged-nowhere", b"{broken")
    credentials = {"handle": "logged-nowhere", "password": PASSWORD}
    assert (await gateway.visitor().post("/v1/sessions", json=credentials)).status_code == 401
    ours = [entry for entry in caplog.records if not entry.name.startswith("httpx")]
    assert [vars(entry)["revision"] for entry in ours if "credentials" in entry.getMessage()]
    assert "logged-nowhere" not in "".join(f"{entry.getMessage()} {vars(entry)}" for entry in ours)


async def test_an_interrupted_erasure_is_finished_at_the_next_start(broker: TestBroker, tmp_path: Path) -> None:
    async with running_gateway(broker, tmp_path) as gateway:
        ada = await gateway.person("cut-off")
        last = await gateway.dependencies.log.last("user", ada.id)
        assert last is not None
        fact = record(UserErased(), ada.id, actor=f"user:{ada.id}", at=AT)
        await gateway.dependencies.log.append(fact, after=last.sequence)
    async with running_gateway(broker, tmp_path) as gateway:
        await wait_until(lambda: is_erased(gateway, ada.id), "the erasure is finished")
        fresh = await gateway.visitor().post("/v1/accounts", json={"handle": "cut-off", "password": PASSWORD})
        assert fresh.status_code == 201


async def is_erased(gateway: Gateway, person_id: str) -> bool:
    """Return whether the user's key is gone."""
    try:
        await gateway.dependencies.keys.key_of(person_id)
    except Erased:
        return True
    return False
