"""Tests of invitations: who makes them, how often they count, and what is left of them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import httpx
import pytest

from services.gateway.accounts.shared_guesses import GUESSES
from services.gateway.invitations import domain
from shared.ids import new_id
from shared.log.read_to_end import read_to_end
from shared.testing import TestBroker
from tests.gateway.conftest import PASSWORD, Gateway, Person, running_gateway

pytestmark = pytest.mark.broker


@pytest.fixture
async def invited(broker: TestBroker, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway on which people need an invitation."""
    async with running_gateway(broker, tmp_path, sign_ups="invitation") as running:
        yield running


async def invite(person: Person, **wanted: int) -> str:
    """Make an invitation. Returns its code."""
    made = await person.http.post("/v1/invitations", json=wanted)
    code: str = made.raise_for_status().json()["code"]
    return code


async def join(gateway: Gateway, handle: str, code: str, password: str = PASSWORD) -> str:
    """Sign up with an invitation. Returns the code of the refusal, or an empty text."""
    body = {"handle": handle, "password": password, "invitation": code}
    answer = await gateway.visitor().post("/v1/accounts", json=body)
    return "" if answer.status_code == 201 else str(answer.json()["code"])


async def uses(person: Person) -> list[int]:
    """Return the uses of a person's invitations, newest first."""
    return [one["uses"] for one in (await person.http.get("/v1/invitations")).json()["items"]]


async def test_the_setting_says_who_may_sign_up(invited: Gateway, tmp_path: Path) -> None:
    assert (await invited.visitor().get("/v1/site")).json()["sign_ups"] == "invitation"
    assert await join(invited, "ada", "") == "invitation_needed"
    assert await join(invited, "ada", "guessed") == "invitation_invalid"
    assert await join(invited, "ada", "ada.*>") == "invitation_invalid"
    code = await invite(await invited.person("root", "admin"))
    async with running_gateway(invited.broker, tmp_path / "closed", sign_ups="closed") as closed:
        assert await join(closed, "ada", code) == "sign_ups_closed"
    async with running_gateway(invited.broker, tmp_path / "open", sign_ups="open") as opened:
        assert await join(opened, "ben", "of an older link") == ""
    assert await join(invited, "ada", code) == ""


async def test_the_last_use_goes_to_one_of_many_on_two_gateways(invited: Gateway, tmp_path: Path) -> None:
    maker = await invited.person("root", "admin")
    code = await invite(maker, uses=2)
    async with running_gateway(invited.broker, tmp_path / "second", sign_ups="invitation") as second:
        tries = [join((invited, second)[one % 2], f"visitor-{one}", code) for one in range(8)]
        answers = sorted(await asyncio.gather(*tries))
    assert answers == ["", "", *["invitation_invalid"] * 6]
    assert await uses(maker) == [2]


async def test_a_refused_sign_up_gives_its_use_back_and_a_repeat_takes_none(invited: Gateway) -> None:
    maker = await invited.person("grace", "admin")
    code = await invite(maker)
    assert await join(invited, "moderator", code) == "handle_reserved"
    assert await join(invited, "grace", code, "another phrase entirely") == "handle_taken"
    assert await join(invited, "ada", code, "password12") == "password_common"
    assert await uses(maker) == [0]
    assert await join(invited, "ada", code) == ""
    assert await join(invited, "ada", code) == ""
    assert await join(invited, "eve", code) == "invitation_invalid"
    assert await uses(maker) == [1]


async def test_the_use_of_a_sign_up_that_was_never_finished_is_free_again(invited: Gateway) -> None:
    maker = await invited.person("root", "admin")
    code, commands = await invite(maker), invited.dependencies.account_services.invitations
    await commands.take(code, new_id())  # and then the process dies
    assert await join(invited, "ada", code) == "invitation_invalid"
    with patch.object(domain, "UNFINISHED_AFTER", timedelta(0)):
        assert await join(invited, "ada", code) == ""
        assert await join(invited, "eve", code) == "invitation_invalid"


async def test_a_sign_up_that_stopped_after_taking_the_handle_is_finished_as_it_was_admitted(invited: Gateway) -> None:
    maker = await invited.person("root", "admin")
    code, commands = await invite(maker), invited.dependencies.accounts
    with patch.object(commands, "register", side_effect=ConnectionError):
        assert await join(invited, "ada", code) == "outcome_unknown"
    user_id = await commands.id_of("ada")
    session = await invited.visitor().post("/v1/sessions", json={"handle": "ada", "password": PASSWORD})
    assert session.status_code == 201
    facts = await invited.dependencies.log.facts_of("user", user_id)
    assert [fact.data.model_dump()["invited_by"] for fact in facts] == [f"user:{maker.id}"]
    assert await uses(maker) == [1]


async def test_invitations_count_only_while_their_maker_may_invite(invited: Gateway) -> None:
    admin = await invited.person("root", "admin")
    maker = await invited.person("mod", "moderator")
    code = await invite(maker, uses=5)
    accounts = invited.dependencies.accounts
    await invited.seen(await accounts.revoke(maker.id, "moderator", "service:test"))
    assert await join(invited, "ada", code) == "invitation_invalid"
    refused = await maker.http.post("/v1/invitations", json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "may_not_invite")
    await invited.seen(await accounts.grant(maker.id, "moderator", "service:test"))
    assert await join(invited, "ada", code) == ""
    suspension = await admin.http.post("/v1/users/mod/suspension", json={"reason": "spam"})
    await invited.seen(suspension.raise_for_status().json()["sequence"])
    assert await join(invited, "ben", code) == "invitation_invalid"


async def test_members_invite_where_the_setting_lets_them(broker: TestBroker, tmp_path: Path) -> None:
    async with running_gateway(broker, tmp_path / "a") as usual:
        member = await usual.person("ada")
        assert (await member.http.get("/v1/invitations")).json() == {"items": [], "may_invite": False}
        assert (await member.http.post("/v1/invitations", json={})).json()["code"] == "may_not_invite"
    async with running_gateway(broker, tmp_path / "b", inviters="members", sign_ups="invitation") as generous:
        friend = await generous.person("root", "admin")
        assert await join(generous, "ben", await invite(friend)) == ""
        ben = generous.visitor()
        session = await ben.post("/v1/sessions", json={"handle": "ben", "password": PASSWORD})
        ben.headers["x-csrf-token"] = session.json()["csrf_token"]
        made = (await ben.post("/v1/invitations", json={"uses": 3})).raise_for_status().json()
        assert made["link"] == f"/sign-up#invitation={made['code']}"
        await assert_only_makers_and_admins_revoke(generous, ben, friend, made["invitation"]["id"])


async def assert_only_makers_and_admins_revoke(
    gateway: Gateway, maker: httpx.AsyncClient, admin: Person, invitation_id: str
) -> None:
    """Check that nobody else sees or revokes an invitation."""
    stranger = await gateway.person("stranger", "importer")
    assert (await stranger.http.get("/v1/invitations")).json()["items"] == []
    place = f"/v1/invitations/{invitation_id}"
    assert (await stranger.http.delete(place)).status_code == 404
    assert invitation_id in {one["id"] for one in (await admin.http.get("/v1/invitations")).json()["items"]}
    assert len((await maker.get("/v1/invitations")).json()["items"]) == 1
    assert (await admin.http.delete(place)).status_code == 204
    assert (await maker.get("/v1/invitations")).json()["items"] == []


async def test_wrong_invitations_of_one_address_are_limited_and_keep_nobody_from_theirs(invited: Gateway) -> None:
    code = await invite(await invited.person("root", "admin"))
    for _ in range(GUESSES):
        assert await join(invited, "ada", "guessed") == "invitation_invalid"
    assert await join(invited, "ada", "guessed") == "too_many_guesses"
    assert await join(invited, "ada", code) == ""


async def test_neither_the_code_nor_an_erased_maker_is_stored(invited: Gateway) -> None:
    await invited.person("root", "admin")
    maker = await invited.person("mod", "moderator")
    code = await invite(maker, uses=2)
    assert await join(invited, "ada", code) == ""
    assert not await stored_with(invited, code.encode())
    assert await stored_with(invited, b'"most_uses":2')
    assert (await maker.http.request("DELETE", "/v1/me", json={"password": PASSWORD})).status_code == 204
    assert not await stored_with(invited, b'"most_uses":2')
    assert await join(invited, "eve", code) == "invitation_invalid"


async def test_administrators_see_who_invited_whom_and_nobody_else_does(invited: Gateway) -> None:
    admin = await invited.person("root", "admin")
    maker = await invited.person("mod", "moderator")
    assert await join(invited, "ada", await invite(maker)) == ""
    acts = (await admin.http.get("/v1/audit")).json()["items"]
    assert ("user.registered", "mod", "ada") in {
        (act["kind"], act["actor_handle"], act["about_handle"]) for act in acts
    }
    assert "mod" not in (await invited.visitor().get("/v1/users/ada")).text
    assert "mod" not in (await maker.http.get("/v1/users/ada")).text


async def stored_with(gateway: Gateway, text: bytes) -> bool:
    """Return whether a bucket or the log holds this text."""
    operator = await gateway.operator()
    try:
        for name in ("KV_ACCOUNTS", "EVENTS"):
            async for message in read_to_end(operator, name):
                if text in message.data or text in message.subject.encode():
                    return True
        return False
    finally:
        await operator.close()
