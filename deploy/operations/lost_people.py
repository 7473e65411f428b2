"""Finds users who have lost their data key or credentials, and puts them back from a people file."""

import base64
from dataclasses import dataclass

from nats.aio.client import Client

from deploy.installation.admin_context import OPERATOR_ID
from deploy.operations.people_file import People, collect_people, entity_ids, entries_of, owner_of, put_people
from shared.log.events import UserRegistered
from shared.log.lost_messages import unreadable_messages
from shared.log.provision import rewrite_bucket
from shared.security.credential_changes import generation_of, recorded_generations
from shared.security.sealing import DecryptionError, master_keys, unwrap


@dataclass(frozen=True)
class PutBack:
    """The numbers of keys and of accounts that were put back, and of users who still lack one of the two."""

    keys: int
    accounts: int
    still_lost: int


@dataclass(frozen=True)
class LostPeople:
    """Ids of users who are in the log, were not erased, and have no usable key or credentials."""

    without_key: frozenset[str]
    without_account: frozenset[str]

    def __str__(self) -> str:
        parts = {"data key": self.without_key, "credentials": self.without_account}
        return " and ".join(f"the {name} of {len(lost)} users" for name, lost in parts.items() if lost)


async def lost_people(broker: Client, people: People, master_key: str) -> LostPeople:
    """Compare `people` with the log: the current ones, or those of a people file."""
    kept = await entity_ids(broker, UserRegistered) - set(people.erased)
    whole = {person for person, key in people.keys.items() if _opens(person, key, master_key)}
    owners = {owner_of(value) for name, value in people.accounts.items() if "." not in name}  # a handle has no dot
    return LostPeople(
        without_key=frozenset(kept - whole) | (people.keys.keys() - whole),
        without_account=frozenset(kept - owners - {OPERATOR_ID}),
    )


async def put_back_people(broker: Client, file: People, master_key: str, replicas: int = 1) -> PutBack:
    """Put lost keys and credentials back while services are stopped. Whole ones stay."""
    now = await collect_people(broker, file.made_at)
    lost = await lost_people(broker, now, master_key)
    saved = entries_of(file, await entity_ids(broker, UserRegistered), set(file.erased) | set(now.erased))
    keys = {
        person: key
        for person, key in saved.keys.items()
        if (person not in now.keys or person in lost.without_key) and _opens(person, key, master_key)
    }
    recorded = await recorded_generations(broker)
    accounts = {
        name: value
        for name, value in saved.accounts.items()
        if _is_lost(now.accounts.get(name, ""), value, recorded.get(owner_of(value), 0))
    }
    for bucket in ("KEYS", "ACCOUNTS"):
        if await unreadable_messages(broker, f"KV_{bucket}"):
            await rewrite_bucket(broker, bucket, replicas)
    await put_people(broker, saved.model_copy(update={"keys": keys, "accounts": accounts}))
    left = await lost_people(broker, await collect_people(broker, file.made_at), master_key)
    return PutBack(len(keys), len(accounts), len(left.without_key | left.without_account))


def _is_lost(now: str, saved: str, last: int) -> bool:
    """Return whether stored credentials are damaged, or older than the user's `last` change, which the file has."""
    return not owner_of(now) or (_generation(now) < last <= _generation(saved))


def _generation(credentials: str) -> int:
    return generation_of(base64.b64decode(credentials))


def _opens(person: str, key: str, master_key: str) -> bool:
    try:
        unwrap(master_keys(master_key), person, base64.b64decode(key))
    except DecryptionError:
        return False
    return True
