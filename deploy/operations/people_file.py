"""The people file: data keys and credentials in a small file that every backup replaces.

A backup of the log contains no keys, so its texts cannot be read without this file. The file leaves out erased people:
after the next backup, older backups beside it cannot open their texts either.
"""

import asyncio
import base64
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nats.aio.client import Client
from pydantic import BaseModel, ConfigDict, ValidationError

from deploy.installation.atomic_file import write_atomically
from deploy.operations.backup_file import DamagedBackup
from shared.log.events import Fact, UserErased
from shared.log.read_to_end import read_to_end
from shared.security.sealing import DataKey, DecryptionError, master_keys

PEOPLE_FILE = "people.backup"
CONTEXT = "people.backup"
# Concurrent writes: each is an fsync at the broker.
CONCURRENT_PUTS = 32


class WrongMasterKey(Exception):
    """The file was sealed with another master key, or is damaged."""


class UnknownPerson(Exception):
    """No account of the people file has this handle."""


class People(BaseModel):
    """Wrapped data keys by user id, credentials by handle (both base64), and the ids of erased users at `made_at`."""

    model_config = ConfigDict(frozen=True)
    made_at: datetime
    keys: dict[str, str]
    accounts: dict[str, str]
    erased: tuple[str, ...]


async def collect_people(broker: Client, made_at: datetime) -> People:
    """Collect the keys and credentials of all users who are not erased."""
    erased = await entity_ids(broker, UserErased)
    keys, accounts = await _bucket(broker, "KEYS"), await _bucket(broker, "ACCOUNTS")
    return People(
        made_at=made_at,
        keys={person: key for person, key in keys.items() if person not in erased},
        accounts={handle: value for handle, value in accounts.items() if owner_of(value) not in erased},
        erased=tuple(sorted(erased)),
    )


def erase_people(people: People, handles: Sequence[str]) -> People:
    """Return the people without these, and with their erasures.

    Raises:
        UnknownPerson: there is no account with such a handle.
    """
    if unknown := sorted(set(handles) - people.accounts.keys()):
        raise UnknownPerson(f"no account is called {', '.join(unknown)} in {PEOPLE_FILE}: check the spelling.")
    gone = {owner_of(people.accounts[handle]) for handle in handles}
    return people.model_copy(
        update={
            "keys": {person: key for person, key in people.keys.items() if person not in gone},
            "accounts": {handle: value for handle, value in people.accounts.items() if owner_of(value) not in gone},
            "erased": tuple(sorted({*people.erased, *gone})),
        }
    )


async def entity_ids(broker: Client, fact: type[Fact]) -> set[str]:
    """Return the entity ids that have such a fact in the log."""
    return {
        message.subject.rsplit(".", 1)[-1] async for message in read_to_end(broker, "EVENTS", subject=fact.subject("*"))
    }


def write_people(file: Path, people: People, master_key: str) -> None:
    """Seal the people with the master key, replace the file, and overwrite the bytes of the old one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    sealed = _sealing(master_key).seal(zlib.compress(people.model_dump_json().encode()), CONTEXT)
    with _overwritten(file):
        write_atomically(file, sealed)


def read_people(file: Path, master_key: str) -> People:
    """Read a people file.

    Raises:
        WrongMasterKey: this master key does not open it.
        DamagedBackup: it is not a people file.
    """
    try:
        return People.model_validate_json(
            zlib.decompress(_sealing(master_key).open(file.read_text(encoding="ascii"), CONTEXT))
        )
    except DecryptionError as error:
        raise WrongMasterKey(f"The master key of this installation does not open {file}.") from error
    except (OSError, UnicodeDecodeError, zlib.error, ValidationError) as error:
        raise DamagedBackup(f"{file} cannot be read: {type(error).__name__}") from error


def entries_of(people: People, registered: set[str], gone: set[str]) -> People:
    """Return the keys and credentials that belong into an installation with these users.

    Authors of imported posts without a name are not registered: they have a key and no handle.
    """
    with_handle = set(map(owner_of, people.accounts.values()))
    keyed = (registered | (people.keys.keys() - with_handle)) - gone
    return People(
        made_at=people.made_at,
        keys={person: key for person, key in people.keys.items() if person in keyed},
        accounts={name: value for name, value in people.accounts.items() if owner_of(value) in registered - gone},
        erased=tuple(sorted(gone)),
    )


async def put_people(broker: Client, people: People) -> None:
    """Write keys and credentials into their buckets."""
    await _put(broker, "KEYS", people.keys)
    await _put(broker, "ACCOUNTS", people.accounts)


def owner_of(credentials: str) -> str:
    """Return the id of the user whose credentials these are; empty if they are damaged."""
    try:
        return str(orjson.loads(base64.b64decode(credentials))["id"])
    except (ValueError, LookupError, TypeError):
        return ""


async def _bucket(broker: Client, name: str) -> dict[str, str]:
    entries: dict[str, str] = {}
    prefix = f"$KV.{name}."
    async for message in read_to_end(broker, f"KV_{name}"):
        if not (message.headers or {}).get("KV-Operation"):
            entries[message.subject.removeprefix(prefix)] = base64.b64encode(message.data).decode()
        else:
            entries.pop(message.subject.removeprefix(prefix), None)
    return entries


async def _put(broker: Client, name: str, values: Mapping[str, str]) -> None:
    bucket, limit = await broker.jetstream().key_value(name), asyncio.Semaphore(CONCURRENT_PUTS)

    async def put(key: str, value: str) -> None:
        async with limit:
            await bucket.put(key, base64.b64decode(value))

    await asyncio.gather(*(put(key, value) for key, value in values.items()))


@contextmanager
def _overwritten(file: Path) -> Iterator[None]:
    """Overwrite the bytes of the old file after the block, on a disk that writes in place."""
    if not file.exists():
        yield
        return
    with file.open("r+b") as old:
        yield
        old.write(bytes(os.fstat(old.fileno()).st_size))
        old.flush()
        os.fsync(old.fileno())


def _sealing(master_key: str) -> DataKey:
    derived = HKDF(SHA256(), 32, salt=None, info=b"ottit people backup").derive(master_keys(master_key)[0])
    return DataKey(derived)
