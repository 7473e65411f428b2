"""Restores a backup into an empty installation with the same sequences and bytes; views are rebuilt from them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nats.aio.client import Client
from nats.js.errors import NotFoundError

from deploy.installation.atomic_file import write_atomically
from deploy.installation.key_record import record_file
from deploy.installation.signing_keys import POLICY_SIGNING_KEY
from deploy.operations.backup import OnBytes
from deploy.operations.backup_file import DamagedBackup, Manifest, read_chunks, read_manifest
from deploy.operations.people_file import (
    PEOPLE_FILE,
    People,
    WrongMasterKey,
    entity_ids,
    entries_of,
    put_people,
    read_people,
)
from deploy.operations.stream_snapshot import (
    SnapshotFailed,
    StreamSnapshot,
    create_stream,
    load_stream,
    redeclare,
    remove_stream,
    stream_config,
)
from shared.ids import derived_id
from shared.log.append import Log
from shared.log.events import UserErased, UserRegistered, record
from shared.log.losses import CONTENT
from shared.log.operator_requests import request_all, view_subject
from shared.log.provision import RESTORE_MARK, provision
from shared.log.streams import BUCKETS, STREAMS
from shared.messaging.requests import health_subject
from shared.security.permissions import SERVICES

ACTOR = "operator:restore"
# Facts that only users create: a new installation has none.
CREATED_BY_USERS = ("events.user.>", "events.post.>", "events.community.>")


class NotEmpty(Exception):
    """The installation is running, or has users whose data a restore would overwrite."""


class PeopleFileTooOld(Exception):
    """The people file is older than the backup, so it may lack people of it, or older than another people file."""


@dataclass(frozen=True)
class Backup:
    """A backup that was checked byte by byte, with its people file."""

    file: Path
    manifest: Manifest
    people: People


@dataclass(frozen=True)
class Restored:
    """The result.

    `unknown`: accounts newer than the backup; `erased_since`: erasures after it, which were repeated. `people_made_at`:
    the time of the people file, which knows of no later erasure.
    """

    last: int
    keys: int
    accounts: int
    unknown: int
    erased_since: int
    people_made_at: str


def open_backup(file: Path, people_file: Path, master_key: str) -> Backup:
    """Check the files of a backup before anything is changed.

    Raises:
        deploy.operations.backup_file.DamagedBackup: bytes are missing or changed.
        deploy.operations.people_file.WrongMasterKey: the people file was sealed with another master key.
        PeopleFileTooOld: the people file is older than the backup, or than the people file beside the backup.
    """
    backup = Backup(file, read_manifest(file), read_people(people_file, master_key))
    if backup.people.made_at < backup.manifest.made_at:
        raise PeopleFileTooOld(f"{people_file} is older than {file}: use the newest people.backup.")
    beside = file.with_name(PEOPLE_FILE)
    if _is_newer(beside, backup.people, master_key):
        raise PeopleFileTooOld(
            f"{people_file} is older than {beside}, so it may still have the keys of people who were erased meanwhile: "
            "use the newer file."
        )
    return backup


def _is_newer(file: Path, people: People, master_key: str) -> bool:
    """Return whether the file has newer people; of one that cannot be opened nobody knows."""
    try:
        return read_people(file, master_key).made_at > people.made_at
    except (DamagedBackup, WrongMasterKey):
        return False


async def check_stopped(broker: Client) -> None:
    """Raises NotEmpty if a service is running."""
    for service in SERVICES:
        for subject in (view_subject(service), health_subject(service)):
            if await request_all(broker, subject, timeout_s=0.5):
                raise NotEmpty(f"{service} is running: stop the services first, but not the broker.")


async def check_empty(broker: Client) -> None:
    """Raises NotEmpty if a service is running or the installation has users."""
    await check_stopped(broker)
    if await stream_config(broker, RESTORE_MARK) is not None or await stream_config(broker, "EVENTS") is None:
        return
    stream = broker.jetstream()
    for pattern in CREATED_BY_USERS:
        try:
            await stream.get_last_msg("EVENTS", pattern)
        except NotFoundError:
            continue
        raise NotEmpty("This installation already has users: restore into an empty installation.")


async def restore(broker: Client, backup: Backup, on_bytes: OnBytes, replicas: int = 1) -> Restored:
    """Load every stream, restore people's keys, and repeat the erasures that happened after the backup.

    From the first change on, the broker has the stream `RESTORE`, and the installation refuses to start.
    `finish_restore` deletes it.

    Raises:
        SnapshotFailed: the broker rejected a stream; the command can be repeated.
    """
    await begin_restore(broker)
    for declared in (*STREAMS, *BUCKETS):
        await remove_stream(broker, declared["name"])
    entries = backup.manifest.streams
    for name in sorted(entries, key=lambda name: name == "EVENTS"):
        await _load(broker, backup, name, on_bytes)
    await provision(broker, replicas, restoring=True)
    registered = await entity_ids(broker, UserRegistered)
    gone = set(backup.people.erased)
    people = entries_of(backup.people, registered, gone)
    await put_people(broker, people)
    keys, accounts = len(people.keys), len(people.accounts)
    erased_since = await _repeat_erasures(broker, sorted(gone & registered))
    config = await stream_config(broker, "EVENTS") or {}
    metadata = (config.get("metadata") or {}) | {CONTENT: datetime.now(UTC).isoformat()}
    await redeclare(broker, config | {"metadata": metadata})
    last = (await broker.jetstream().stream_info("EVENTS")).state.last_seq
    unknown, made_at = len(backup.people.accounts) - accounts, backup.people.made_at.isoformat(timespec="seconds")
    return Restored(last, keys, accounts, unknown, erased_since, made_at)


async def begin_restore(broker: Client) -> None:
    """Mark the installation as incomplete, before anything of it is changed. Safe to repeat."""
    if await stream_config(broker, RESTORE_MARK) is None:
        await create_stream(broker, {"name": RESTORE_MARK, "subjects": ["restore.mark"], "storage": "file"})


async def finish_restore(broker: Client, restored: Restored) -> None:
    """Check that the log is complete, and allow the installation to start.

    Raises:
        SnapshotFailed: the log does not end where the restore left it.
    """
    last = (await broker.jetstream().stream_info("EVENTS")).state.last_seq
    if last != restored.last:
        raise SnapshotFailed(f"EVENTS ends at {last}, but {restored.last} facts were restored")
    await remove_stream(broker, RESTORE_MARK)


async def _load(broker: Client, backup: Backup, name: str, on_bytes: OnBytes) -> None:
    saved = backup.manifest.streams[name].saved
    # Load a single replica; provisioning then creates as many as this installation has nodes.
    config = saved.config | {"num_replicas": 1}

    def chunks() -> Iterator[bytes]:
        for chunk in read_chunks(backup.file, name):
            on_bytes(name, len(chunk))
            yield chunk

    loaded = await load_stream(broker, StreamSnapshot(config=config, state=saved.state), chunks())
    if loaded.last < saved.last:
        raise SnapshotFailed(f"{name} ends at {loaded.last}, but the backup at {saved.last}")


async def _repeat_erasures(broker: Client, persons: list[str]) -> int:
    """Append the facts of erasures that the backup does not contain. Return their number."""
    known, log = await entity_ids(broker, UserErased), Log(broker)
    for person in persons:
        if person in known:
            continue
        last = await log.last("user", person)
        event_id = derived_id(0, "restore", person)
        event = record(UserErased(), person, actor=ACTOR, at=datetime.now(UTC), event_id=event_id)
        await log.append(event, after=last.sequence if last else 0)
    return len(set(persons) - known)


def read_secrets(file: Path) -> dict[str, str]:
    """Return file name → content. Raises DamagedBackup if it is not a file of secrets."""
    try:
        secrets = json.loads(file.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise DamagedBackup(f"{file} cannot be read: {type(error).__name__}") from error
    if not isinstance(secrets, dict) or POLICY_SIGNING_KEY not in secrets or any("/" in name for name in secrets):
        raise DamagedBackup(f"{file} does not contain the secrets of an installation")
    return {str(name): str(content) for name, content in secrets.items()}


def write_secrets(secrets: dict[str, str], folder: Path) -> None:
    """Replace the secrets of an empty installation, which has sealed nothing with them yet."""
    record_file(folder.parent).unlink(missing_ok=True)  # the next start records these
    for name, content in secrets.items():
        write_atomically(folder / name, content)
