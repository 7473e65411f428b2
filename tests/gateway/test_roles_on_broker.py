"""Tests of appointments and removals: who may, how soon they count, and what is recorded."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from services.gateway.stream.live_updates import Listener
from shared.ids import new_id
from shared.log.events import UserRoleRevoked
from shared.roles.reader import read_roles, roles_in_force
from shared.testing import TestBroker
from tests.faults.waiting import TIMEOUT_S, wait_until
from tests.gateway.conftest import BASE, Gateway, Person, running_gateway
from tests.gateway.test_posts_on_broker import publish

pytestmark = pytest.mark.broker


def place(person: Person, role: str) -> str:
    return f"/v1/users/{person.handle}/roles/{role}"


async def roles_of(person: Person) -> list[str]:
    roles: list[str] = (await person.http.get("/v1/me")).json()["user"]["roles"]
    return roles


async def test_an_admin_appoints_and_removes_moderators_of_one_community_and_of_all(gateway: Gateway) -> None:
    admin, ada = await gateway.person("chief", "admin"), await gateway.person("ada")
    here = await admin.http.put(place(ada, "moderator"), params={"community": "garden"})
    everywhere = await admin.http.put(place(ada, "moderator"))
    importer = await admin.http.put(place(ada, "importer"))
    assert [answer.status_code for answer in (here, everywhere, importer)] == [200, 200, 200]
    assert sorted(await roles_of(ada)) == ["importer", "member", "moderator", "moderator:garden"]
    left = await admin.http.request("DELETE", place(ada, "moderator"), json={"community": "garden"})
    assert sorted(left.json()["roles"]) == ["importer", "member", "moderator"]
    await admin.http.delete(place(ada, "moderator"))
    await admin.http.delete(place(ada, "importer"))
    assert await roles_of(ada) == ["member"]
    assert (await ada.http.get("/v1/review/queue")).status_code == 403


async def test_a_repeated_appointment_or_removal_appends_nothing(gateway: Gateway) -> None:
    admin, ada = await gateway.person("chief", "admin"), await gateway.person("ada")
    await admin.http.put(place(ada, "moderator"))
    again = await admin.http.put(place(ada, "moderator"))
    await admin.http.delete(place(ada, "moderator"))
    gone = await admin.http.delete(place(ada, "moderator"))
    assert (again.json()["sequence"], gone.json()["sequence"]) == (0, 0)


async def test_impossible_appointments_are_refused(gateway: Gateway) -> None:
    admin, ada, bob = await gateway.person("chief", "admin"), await gateway.person("ada"), await gateway.person("bob")
    await admin.http.post("/v1/users/bob/suspension", json={"reason": "spam"})
    put = admin.http.put
    answers = [
        await put(place(ada, "moderator"), params={"community": "nowhere"}),
        await put(place(ada, "admin"), params={"community": "garden"}),
        await put(place(ada, "moderator"), params={"community": "garden"}, json={"community": "kitchen"}),
        await put(place(ada, "king")),
        await put("/v1/users/nobody/roles/moderator"),
        await put(place(bob, "moderator")),
        await put(place(admin, "importer")),
        await admin.http.delete(place(admin, "admin")),
    ]
    codes = [(answer.status_code, answer.json()["code"]) for answer in answers]
    assert codes == [
        (404, "community_unknown"),
        (422, "community_not_possible"),
        (422, "community_unclear"),
        (422, "invalid"),
        (404, "user_unknown"),
        (409, "account_suspended"),
        (403, "own_roles"),
        (403, "own_roles"),
    ]


async def test_two_admins_who_remove_each_other_do_not_both_succeed(gateway: Gateway) -> None:
    first, second = await gateway.person("first", "admin"), await gateway.person("second", "admin")
    accounts = gateway.dependencies.accounts
    sequences = [
        await accounts.revoke(second.id, "admin", f"user:{first.id}"),
        await accounts.revoke(first.id, "admin", f"user:{second.id}"),
    ]
    await gateway.seen(max(sequences))
    assert "admin" in await roles_of(first)
    assert "admin" not in await roles_of(second)
    operator = await gateway.operator()
    assert (await read_roles(operator)).admins == {first.id}
    assert ("admin", None) in await roles_in_force(operator, gateway.dependencies.log, first.id)
    assert await roles_in_force(operator, gateway.dependencies.log, second.id) == frozenset()


async def test_the_last_admin_cannot_erase_their_account(gateway: Gateway) -> None:
    admin = await gateway.person("chief", "admin")
    refused = await admin.http.request("DELETE", "/v1/me", json={"password": "correct horse battery"})
    assert (refused.status_code, refused.json()["code"]) == (409, "last_admin")
    await gateway.person("second", "admin")
    erased = await admin.http.request("DELETE", "/v1/me", json={"password": "correct horse battery"})
    assert erased.status_code == 204


async def test_every_act_is_in_the_audit_list_with_its_actor(gateway: Gateway) -> None:
    admin, ada, eve = await gateway.person("chief", "admin"), await gateway.person("ada"), await gateway.person("eve")
    await admin.http.put(place(ada, "moderator"), params={"community": "garden"})
    await admin.http.delete(place(ada, "moderator"), params={"community": "garden"})
    await admin.http.post("/v1/users/eve/suspension", json={"reason": "flooding"})
    await admin.http.delete("/v1/users/eve/suspension")
    post_id = (await ada.submit()).json()["id"]
    await publish(gateway, post_id, decided_by="person")
    acts = (await admin.http.get("/v1/audit")).json()["items"]
    shown = [(act["kind"], act["about_handle"], act["role"] or act["outcome"], act["reason"]) for act in acts]
    assert shown == [
        ("post.decided", "ada", "published", ""),
        ("user.reinstated", "eve", None, None),
        ("user.suspended", "eve", None, "flooding"),
        ("user.role_revoked", "ada", "moderator", None),
        ("user.role_granted", "ada", "moderator", None),
        ("user.role_granted", "chief", "admin", None),
    ]
    assert [act["actor_handle"] for act in acts[1:5]] == ["chief"] * 4
    assert (acts[3]["community"], acts[0]["post_id"]) == ("garden", post_id)
    await eve.http.request("DELETE", "/v1/me", json={"password": "correct horse battery"})
    page = (await admin.http.get("/v1/audit")).json()["items"]
    assert page[2]["about_handle"] is None
    assert "flooding" not in json.dumps(page)


async def test_a_removed_moderators_claim_does_not_count(gateway: Gateway) -> None:
    ada, admin = await gateway.person("ada"), await gateway.person("chief", "admin")
    first, second = await gateway.person("first", "moderator"), await gateway.person("second", "moderator")
    post_id = (await ada.submit()).json()["id"]
    await publish(gateway, post_id, outcome="held")
    assert (await first.http.post(f"/v1/review/{post_id}/claim")).status_code == 200
    await admin.http.delete(place(first, "moderator"))
    (item,) = (await second.http.get("/v1/review/queue")).json()["items"]
    assert item["claim"] is None
    assert (await second.http.post(f"/v1/review/{post_id}/claim")).json()["mine"]


async def test_a_removal_counts_on_every_replica_and_is_told_to_open_pages(broker: TestBroker, tmp_path: Path) -> None:
    async with running_gateway(broker, tmp_path / "a") as here, running_gateway(broker, tmp_path / "b") as there:
        admin, ada = await here.person("chief", "admin"), await here.person("ada", "moderator")
        elsewhere = httpx.AsyncClient(
            transport=httpx.ASGITransport(there.app), base_url=BASE, headers=ada.http.headers, cookies=ada.http.cookies
        )

        async def is_admitted() -> bool:
            return (await elsewhere.get("/v1/review/queue")).status_code == 200

        await wait_until(is_admitted, "the other replica knows the moderator", TIMEOUT_S)
        told = asyncio.create_task(first_account_event(there, ada))
        await asyncio.sleep(0)
        removed = await admin.http.delete(place(ada, "moderator"))
        async with asyncio.timeout(TIMEOUT_S):
            assert await told == removed.json()["sequence"]
        assert not await is_admitted()
        missed = there.dependencies.updates._missed(ada.id, removed.json()["sequence"] - 1)
        assert [change.sequence for change in missed] == [removed.json()["sequence"]]
        assert there.dependencies.updates._missed(admin.id, removed.json()["sequence"] - 1) == []


async def first_account_event(gateway: Gateway, person: Person) -> int:
    """Return the sequence of the first account change that an open page of this person gets."""

    async def is_signed_in() -> bool:
        return True

    listener = Listener(person.id, person.id, is_signed_in)
    async for message in gateway.dependencies.updates.stream(listener, None):
        if b"event: account" in message:
            return int(message.split(b"\n")[0].removeprefix(b"id: "))
    raise AssertionError("the stream ended")


async def test_a_stored_copy_of_a_removal_has_no_effect(gateway: Gateway) -> None:
    admin, ada = await gateway.person("chief", "admin"), await gateway.person("ada", "moderator")
    await admin.http.delete(place(ada, "moderator"))
    log = gateway.dependencies.log
    removal = await log.last_by_subject(UserRoleRevoked.subject(ada.id))
    assert removal is not None
    await admin.http.put(place(ada, "moderator"))
    end = await log.end_of("user", ada.id)
    copy = await log.append(removal.model_copy(update={"event_id": new_id()}), after=end.sequence)
    await gateway.seen(copy.sequence)
    assert await roles_of(ada) == ["member", "moderator"]
    operator = await gateway.operator()
    assert ("moderator", None) in await roles_in_force(operator, log, ada.id)
