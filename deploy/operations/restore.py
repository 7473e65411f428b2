"""Bringing a backup back into an empty installation: same sequences, same bytes; views are built again from them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nats.aio.client import Client
from nats.js.errors import NotFoundError

from deploy.installation.atomic_file import write_atomically
from deploy.installation.signing_keys import POLICY_SIGNING_KEY
from deploy.operations.backup import OnBytes
from deploy.operations.backup_file import DamagedBackup, Manifest, read_chunks, read_manifest
from deploy.operations.people_file import People, entity_ids, put_people, read_people
from deploy.operations.stream_snapshot import (
    SnapshotFailed,
    StreamSnapshot,
    load_stream,
    redeclare,
    remove_stream,
    stream_config,
)
from shared.ids import derived_id
from shared.log.append import Log
from shared.log.events import UserErased, UserRegistered, record
from shared.log.operator_requests import request_all, view_subject
from shared.log.provision import provision
from shared.log.streams import BUCKETS, STREAMS
from shared.messaging.requests import health_subject
from shared.security.permissions import SERVICES

ACTOR = "operator:restore"
# A note on the log while a restore is under way: what was cut off may be begun anew.
UNFINISHED = "ottit-restore"
# What only people make: a fresh installation has none of it.
CREATED_BY_USERS = ("events.user.>", "events.post.>", "events.community.>")


class NotEmpty(Exception):
    """A restore would go over something that is there, or that runs."""


class PeopleFileTooOld(Exception):
    """The file of the people was written before the backup, so it lacks people whom the backup knows."""


@dataclass(frozen=True)
class Backup:
    """A backup that was checked byte by byte, with the people who may still be read."""

    file: Path
    manifest: Manifest
    people: People


@dataclass(frozen=True)
class Restored:
    """What came back. `unknown`: handles whom this log does not know yet; `erased_since`: erasures done anew."""

    last: int
    keys: int
    accounts: int
    unknown: int
    erased_since: int


def open_backup(file: Path, people_file: Path, master_key: str) -> Backup:
    """Check everything that can be checked before anything is touched.

    Raises:
        deploy.operations.archive.Damaged: bytes are missing or changed.
        deploy.operations.people.WrongMasterKey: the people were sealed under another master key.
        TooOld: the people are older than the backup.
    """
    backup = Backup(file, read_manifest(file), read_people(people_file, master_key))
    if backup.people.made_at < backup.manifest.made_at:
        raise PeopleFileTooOld(f"{people_file} is older than {file}: take the newest one that there is.")
    return backup


async def check_stopped(broker: Client) -> None:
    """Raises NotEmpty while services run."""
    for service in SERVICES:
        for subject in (view_subject(service), health_subject(service)):
            if await request_all(broker, subject, within_s=0.5):
                raise NotEmpty(f"{service} runs: stop the services first, and leave the broker.")


async def check_empty(broker: Client) -> None:
    """Raises NotEmpty while services run, or where somebody lives already."""
    await check_stopped(broker)
    config = await stream_config(broker, "EVENTS")
    if config is None or UNFINISHED in (config.get("metadata") or {}):
        return
    stream = broker.jetstream()
    for pattern in CREATED_BY_USERS:
        try:
            await stream.get_last_msg("EVENTS", pattern)
        except NotFoundError:
            continue
        raise NotEmpty("People live here already: a restore goes into an empty installation only.")


async def restore(broker: Client, backup: Backup, on_bytes: OnBytes, replicas: int = 1) -> Restored:
    """Load every stream, give people their keys, and erase anew whoever was erased since.

    Raises:
        Broken: the broker did not take a stream; the same command begins anew.
    """
    for declared in (*STREAMS, *BUCKETS):
        await remove_stream(broker, declared["name"])
    entries = backup.manifest.streams
    for name in sorted(entries, key=lambda name: name == "EVENTS"):
        await _load(broker, backup, name, on_bytes)
    await provision(broker, replicas)
    registered = await entity_ids(broker, UserRegistered)
    gone = set(backup.people.erased)
    keys, accounts = await put_people(broker, backup.people, registered - gone)
    erased_since = await _repeat_erasures(broker, sorted(gone & registered))
    config = await stream_config(broker, "EVENTS") or {}
    kept = {key: value for key, value in (config.get("metadata") or {}).items() if key != UNFINISHED}
    await redeclare(broker, config | {"metadata": kept})
    last = (await broker.jetstream().stream_info("EVENTS")).state.last_seq
    return Restored(last, keys, accounts, len(backup.people.accounts) - accounts, erased_since)


async def _load(broker: Client, backup: Backup, name: str, on_bytes: OnBytes) -> None:
    saved = backup.manifest.streams[name].saved
    metadata = (saved.config.get("metadata") or {}) | ({UNFINISHED: "under way"} if name == "EVENTS" else {})
    # One copy to begin with, however many there were: provisioning makes as many as this installation has nodes.
    config = saved.config | {"metadata": metadata, "num_replicas": 1}

    def chunks() -> Iterator[bytes]:
        for chunk in read_chunks(backup.file, name):
            on_bytes(name, len(chunk))
            yield chunk

    loaded = await load_stream(broker, StreamSnapshot(config=config, state=saved.state), chunks())
    if loaded.last < saved.last:
        raise SnapshotFailed(f"{name} ends at {loaded.last}, the backup said {saved.last}")


async def _repeat_erasures(broker: Client, persons: list[str]) -> int:
    """An erasure that happened after the backup is a fact that it does not hold: it is stated again."""
    known, log = await entity_ids(broker, UserErased), Log(broker)
    for person in persons:
        if person in known:
            continue
        last = await log.last("user", person)
        made = derived_id(0, "restore", person)
        event = record(UserErased(), person, actor=ACTOR, at=datetime.now(UTC), event_id=made)
        await log.append(event, after=last.sequence if last else 0)
    return len(set(persons) - known)


def read_secrets(file: Path) -> dict[str, str]:
    """File name → content. Raises Damaged where it is no such file."""
    try:
        found = json.loads(file.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise DamagedBackup(f"{file} cannot be read: {type(error).__name__}") from error
    if not isinstance(found, dict) or POLICY_SIGNING_KEY not in found or any("/" in name for name in found):
        raise DamagedBackup(f"{file} holds no secrets of an installation")
    return {str(name): str(content) for name, content in found.items()}


def write_secrets(secrets: dict[str, str], folder: Path) -> None:
    """Take the place of those of an empty installation: nothing was sealed with them yet."""
    for name, content in secrets.items():
        write_atomically(folder / name, content)
