"""Rotation of the master key loses no text, also when it is interrupted."""

from pathlib import Path

import pytest
from nats.aio.client import Client

from deploy.installation.secret_files import MASTER, SERVICES, open_secrets, secrets_folder
from deploy.operations.master_key import MasterKeyNotStored, Rotated, rotate_master_key
from shared.security.data_keys import DataKeyStore
from shared.security.master_key_check import WrongMasterKey
from shared.testing import TestBroker

pytestmark = pytest.mark.broker
PEOPLE = [f"person-{number}" for number in range(8)]


class Cut(Exception):
    """An interruption."""


def no_progress(what: str, done: int, of: int) -> None:
    """Ignore the progress."""


def cut(what: str, done: int, of: int) -> None:
    if done == 3:
        raise Cut


async def sealed(operator: Client, key: str) -> dict[str, str]:
    key_store = await DataKeyStore.open(operator, key)
    texts = {person: (await key_store.create(person)).seal(b"mine", person) for person in PEOPLE}
    await key_store.close()
    return texts


async def opens(operator: Client, key: str, texts: dict[str, str]) -> bool:
    key_store = await DataKeyStore.open(operator, key)
    try:
        return all([(await key_store.key_of(person)).open(text, person) == b"mine" for person, text in texts.items()])
    finally:
        await key_store.close()


def key_of(data: Path) -> str:
    """Return the master key setting of a service."""
    return open_secrets(data, SERVICES).master_key


async def test_after_a_rotation_only_the_new_key_opens_texts(broker: TestBroker, tmp_path: Path) -> None:
    operator, data = await broker.connect(), tmp_path / "data"
    old = key_of(data)
    texts = await sealed(operator, old)
    assert await rotate_master_key(operator, secrets_folder(data), no_progress) == Rotated(len(PEOPLE), 0)
    new = key_of(data)
    assert new != old
    assert await opens(operator, new, texts)
    with pytest.raises(WrongMasterKey):
        await opens(operator, old, texts)


async def test_an_interrupted_rotation_loses_nothing_and_can_be_continued(broker: TestBroker, tmp_path: Path) -> None:
    operator, data = await broker.connect(), tmp_path / "data"
    texts = await sealed(operator, key_of(data))
    with pytest.raises(Cut):
        await rotate_master_key(operator, secrets_folder(data), cut)
    between = key_of(data)
    assert await opens(operator, between, texts), "services that start now get both keys"
    key_store = await DataKeyStore.open(operator, between)
    texts["late"] = (await key_store.create("late")).seal(b"mine", "late")
    await key_store.close()
    assert await rotate_master_key(operator, secrets_folder(data), no_progress) == Rotated(len(PEOPLE) - 3 + 1, 3)
    assert await opens(operator, key_of(data), texts)


async def test_a_key_that_is_not_in_the_data_folder_is_not_rotated(broker: TestBroker, tmp_path: Path) -> None:
    operator, data = await broker.connect(), tmp_path / "data"
    open_secrets(data, SERVICES, "33" * 32)
    assert not (secrets_folder(data) / MASTER).exists()
    with pytest.raises(MasterKeyNotStored):
        await rotate_master_key(operator, secrets_folder(data), no_progress)
