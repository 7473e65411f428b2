"""Erasing a user erases the key, in every process and from the broker's files."""

from pathlib import Path

import pytest

from shared.log.append import Log
from shared.log.events import UserErased, UserRegistered, record
from shared.security.data_keys import DataKeyStore, Erased, KeyLost
from shared.testing import AT, MASTER_KEY, TestBroker
from tests.faults.waiting import wait_until

pytestmark = pytest.mark.broker


async def test_every_process_drops_an_erased_key(broker: TestBroker) -> None:
    writer = await DataKeyStore.open(await broker.connect("gateway"), MASTER_KEY)
    reader = await DataKeyStore.open(await broker.connect("moderation"), MASTER_KEY)
    await writer.create("ada")
    await reader.key_of("ada")
    await append_erasure(broker, "ada")
    await writer.erase("ada")
    with pytest.raises(Erased):
        await writer.key_of("ada")

    async def forgotten() -> bool:
        try:
            await reader.key_of("ada")
        except Erased:
            return True
        return False

    await wait_until(forgotten, "the other process has dropped the key")


async def test_no_byte_of_an_erased_key_stays_on_disk(broker: TestBroker, tmp_path: Path) -> None:
    client = await broker.connect("gateway")
    key_store = await DataKeyStore.open(client, MASTER_KEY)
    await key_store.create("ada")
    wrapped = (await client.jetstream().get_last_msg("KV_KEYS", "$KV.KEYS.ada")).data or b""
    assert holds(tmp_path, wrapped)
    await key_store.erase("ada")
    broker.stop()
    assert not holds(tmp_path, wrapped)


async def test_erasing_twice_is_like_erasing_once(broker: TestBroker) -> None:
    key_store = await DataKeyStore.open(await broker.connect("gateway"), MASTER_KEY)
    await key_store.create("ada")
    await append_erasure(broker, "ada")
    await key_store.erase("ada")
    await key_store.erase("ada")
    with pytest.raises(Erased):
        await key_store.key_of("ada")


async def test_a_lost_key_is_no_erasure(broker: TestBroker) -> None:
    client = await broker.connect("gateway")
    key_store = await DataKeyStore.open(client, MASTER_KEY)
    await key_store.create("ada")
    assert key_store.state == "ok"
    stored = await client.jetstream().get_last_msg("KV_KEYS", "$KV.KEYS.ada")
    wrapped = stored.data or b""
    await client.jsm().delete_msg("KV_KEYS", stored.seq or 0)
    await key_store.close()
    key_store = await DataKeyStore.open(client, MASTER_KEY)
    with pytest.raises(KeyLost):
        await key_store.key_of("ada")
    assert "data keys of 1 users are lost" in key_store.state
    await (await client.jetstream().key_value("KEYS")).put("ada", wrapped)
    await key_store.key_of("ada")
    assert key_store.state == "ok"


async def test_a_registered_user_whose_key_is_lost_gets_no_other_key(broker: TestBroker) -> None:
    client = await broker.connect("gateway")
    key_store = await DataKeyStore.open(client, MASTER_KEY)
    key = await key_store.create("ada")
    fact = UserRegistered(handle=key.seal(b"ada", "ada"))
    await Log(client).append(record(fact, "ada", actor="user:ada", at=AT), after=0)
    assert (await key_store.create("ada")).content_hash(b"x") == key.content_hash(b"x")
    await key_store.erase("ada")
    with pytest.raises(KeyLost):
        await key_store.create("ada")


async def append_erasure(broker: TestBroker, user_id: str) -> None:
    await Log(await broker.connect("gateway")).append(
        record(UserErased(), user_id, actor=f"user:{user_id}", at=AT), after=0
    )


def holds(folder: Path, needle: bytes) -> bool:
    """Return whether a file below the folder contains the bytes."""
    return any(needle in file.read_bytes() for file in folder.rglob("*") if file.is_file())
