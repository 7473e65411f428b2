"""Erasing a user erases the key, in every process and from the broker's files."""

from pathlib import Path

import pytest

from shared.security.data_keys import DataKeyStore, Erased
from shared.testing import MASTER_KEY, TestBroker
from tests.faults.waiting import wait_until

pytestmark = pytest.mark.broker


async def test_every_process_drops_an_erased_key(broker: TestBroker) -> None:
    writer = await DataKeyStore.open(await broker.connect("gateway"), MASTER_KEY)
    reader = await DataKeyStore.open(await broker.connect("moderation"), MASTER_KEY)
    await writer.create("ada")
    await reader.key_of("ada")
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
    await key_store.erase("ada")
    await key_store.erase("ada")
    with pytest.raises(Erased):
        await key_store.key_of("ada")


def holds(folder: Path, needle: bytes) -> bool:
    """Return whether a file below the folder contains the bytes."""
    return any(needle in file.read_bytes() for file in folder.rglob("*") if file.is_file())
