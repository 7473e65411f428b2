"""Keys and credentials that the broker has lost are reported and not taken for erasures; an erasure is not reported."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deploy.operations.lost_people import put_back_people
from deploy.operations.people_file import People, collect_people
from shared.log.provision import provision
from shared.testing import AT, MASTER_KEY, TestBroker
from tests.faults.damage import Damage, stream_folder
from tests.faults.waiting import TIMEOUT_S, wait_until
from tests.gateway.conftest import PASSWORD, Gateway, Person, running_gateway
from tests.gateway.test_accounts_on_broker import erase
from tests.gateway.test_health_on_broker import details, parts_of

pytestmark = pytest.mark.broker


@asynccontextmanager
async def damaged(
    broker: TestBroker, folder: Path, bucket: str, *, how: str, kill: bool
) -> AsyncIterator[tuple[Gateway, People]]:
    """Run a gateway with three users, damage Eve's entry while the broker is stopped, and run it again.

    Yields the second gateway, and the people before the damage.
    """
    async with running_gateway(broker, folder) as gateway:
        await gateway.community()
        people = {name: await gateway.person(name) for name in ("ada", "bob", "eve")}
        submitted = (await people["eve"].submit()).json()
        await gateway.seen(submitted["sequence"])
        operator = await gateway.operator()
        before = await collect_people(operator, AT)
        await operator.close()
    broker.stop(kill=kill)
    damage_entry(broker, bucket, people["eve"].id if bucket == "KEYS" else "eve", how)
    broker.start()
    operator = await broker.connect()
    await provision(operator)
    await operator.close()
    async with running_gateway(broker, folder) as gateway:
        yield gateway, before


def damage_entry(broker: TestBroker, bucket: str, key: str, how: str) -> None:
    """Flip a bit in the last message of a key, or cut the file there."""
    file = next(stream_folder(broker.folder, f"KV_{bucket}").rglob("*.blk"))
    at = file.read_bytes().rindex(f"$KV.{bucket}.{key}".encode()) + len(f"$KV.{bucket}.{key}") + 20
    Damage(file, at, 3 if how == "bit" else None).apply()


@pytest.mark.parametrize("kill", [False, True], ids=["clean stop", "killed"])
@pytest.mark.parametrize("how", ["bit", "cut"])
@pytest.mark.parametrize("bucket", ["KEYS", "ACCOUNTS"])
async def test_damage_is_reported_with_what_to_do_and_heals(
    broker: TestBroker, tmp_path: Path, bucket: str, how: str, kill: bool
) -> None:
    async with damaged(broker, tmp_path, bucket, how=how, kill=kill) as (gateway, before):
        losses = gateway.dependencies.lost

        async def found() -> bool:
            return bool(losses.finding)

        await wait_until(found, "the loss is noticed without being asked for")
        note = str((await parts_of(gateway))["gateway"]["note"])
        assert f"in {bucket}" in note
        assert "not erased" in note
        assert "ottit restore-people" in note
        assert "ottit restore-people FOLDER/people.backup" in (await details(gateway)).parts["gateway"].note
    operator = await broker.connect()
    assert (await put_back_people(operator, before, MASTER_KEY)).still_lost == 0
    await operator.close()
    async with running_gateway(broker, tmp_path) as gateway:
        await gateway.dependencies.view.until_caught_up(TIMEOUT_S)
        await gateway.dependencies.lost.check()
        assert not gateway.dependencies.lost.finding
        eve = await signed_in(gateway, "eve")
        assert (await eve.submit()).status_code == 202


async def test_a_user_whose_key_is_lost_cannot_write_and_others_can(broker: TestBroker, tmp_path: Path) -> None:
    async with damaged(broker, tmp_path, "KEYS", how="bit", kill=False) as (gateway, _):
        await gateway.dependencies.view.until_caught_up(TIMEOUT_S)
        eve, bob = [await signed_in(gateway, name) for name in ("eve", "bob")]
        assert (await bob.submit()).status_code == 202
        refused = await eve.submit()
        assert (refused.status_code, refused.json()["code"]) == (503, "key_lost")
        assert (await eve.http.get("/v1/tokens")).status_code == 200
        (own,) = (await eve.http.get("/v1/me/posts")).json()["items"]
        assert own["title"] == "Tomatoes", "the view keeps the words"


async def test_nobody_takes_the_handle_of_a_user_whose_credentials_are_lost(broker: TestBroker, tmp_path: Path) -> None:
    async with damaged(broker, tmp_path, "ACCOUNTS", how="bit", kill=True) as (gateway, _):
        await gateway.dependencies.view.until_caught_up(TIMEOUT_S)
        taken = await gateway.visitor().post("/v1/accounts", json={"handle": "eve", "password": PASSWORD})
        assert (taken.status_code, taken.json()["code"]) == (409, "handle_taken")


async def test_an_erasure_is_no_loss(gateway: Gateway) -> None:
    ada, bob = await gateway.person("ada"), await gateway.person("bob")
    assert await erase(bob) < 300
    losses = gateway.dependencies.lost
    await losses.check()
    assert not losses.finding
    stored = await gateway.dependencies.broker.jetstream().get_last_msg("KV_KEYS", f"$KV.KEYS.{ada.id}")
    await gateway.dependencies.broker.jsm().delete_msg("KV_KEYS", stored.seq or 0)
    await losses.check()
    assert "1 in KEYS." in losses.finding


async def signed_in(gateway: Gateway, handle: str) -> Person:
    http = gateway.visitor()
    session = await http.post("/v1/sessions", json={"handle": handle, "password": PASSWORD})
    http.headers["x-csrf-token"] = session.raise_for_status().json()["csrf_token"]
    return Person(session.json()["user"]["id"], handle, http)
