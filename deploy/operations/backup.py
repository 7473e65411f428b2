"""Creates backups: everything that cannot be rebuilt, in an order that keeps references valid."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from nats.aio.client import Client

from deploy.installation.atomic_file import write_atomically
from deploy.installation.secret_files import IRREPLACEABLE, TEMPORARY
from deploy.operations.backup_check import require_whole_people, require_whole_streams, with_earlier
from deploy.operations.backup_file import Manifest, create_backup_file
from deploy.operations.people_file import PEOPLE_FILE, collect_people, write_people
from deploy.operations.stream_snapshot import OnChunk, StreamSnapshot, save_stream, stream_config
from shared.security.master_key_check import check_master_key
from shared.security.sealing import master_keys

# The log grows during a backup. Votes, dead letters and checkpoints refer to facts, so they are saved before the log.
# Facts refer to policies and to people's keys, so those are saved after it.
BEFORE_LOG, AFTER_LOG = ("SIGNALS", "DEAD_LETTERS", "AUDIT"), ("KV_POLICIES",)
OPTIONAL = "PREVIEWS"
# Called with the name of a stream and the number of bytes just saved.
OnBytes = Callable[[str, int], None]
SECRETS_FILE = "secrets.backup"


@dataclass(frozen=True)
class CreatedBackup:
    """A backup that was made: its file, and the people file beside it."""

    file: Path
    people: Path
    manifest: Manifest
    persons: int


async def make_backup(
    broker: Client, file: Path, master_key: str, on_bytes: OnBytes, *, previews: bool = False, damaged: bool = False
) -> CreatedBackup:
    """Save the streams to `file`, then keys and credentials of all people to `people.backup` beside it.

    `damaged`: save an installation that has lost something.

    Raises:
        deploy.operations.backup_check.DamagedInstallation: it has, and `damaged` is not set. Nothing was written.
        deploy.operations.stream_snapshot.SnapshotFailed: the broker cannot save a stream.
        shared.security.master_key_check.WrongMasterKey: the people file would open for nobody.
    """
    await check_master_key(broker, master_keys(master_key))
    names = [*((OPTIONAL,) if previews else ()), *BEFORE_LOG, "EVENTS", *AFTER_LOG]
    if not damaged:
        await require_whole_streams(broker, names)
        await require_whole_people(broker, await collect_people(broker, datetime.now(UTC)), master_key)
    file.parent.mkdir(parents=True, exist_ok=True)
    with create_backup_file(file) as archive:
        for name in names:
            if await stream_config(broker, name) is not None:
                await archive.add(name, partial(_save_stream, broker, name, on_bytes))
        manifest = archive.finish(datetime.now(UTC))
        # Before the backup appears: if this is cut off, every backup in the folder still has a newer people file.
        persons = await save_people(broker, file.parent, master_key, damaged=damaged)
    return CreatedBackup(file, file.with_name(PEOPLE_FILE), manifest, persons)


async def save_people(broker: Client, folder: Path, master_key: str, *, damaged: bool = False) -> int:
    """Replace the people file, so that backups beside it no longer open erased people's texts. Return the count.

    `damaged`: the new file takes from the old one what the broker has lost.

    Raises:
        deploy.operations.backup_check.DamagedInstallation: it has lost keys or credentials, and `damaged` is not set.
    """
    await check_master_key(broker, master_keys(master_key))
    people = await collect_people(broker, datetime.now(UTC))
    if damaged:
        people = with_earlier(people, folder / PEOPLE_FILE, master_key)
    else:
        await require_whole_people(broker, people, master_key)
    write_people(folder / PEOPLE_FILE, people, master_key)
    return len(people.keys)


async def _save_stream(broker: Client, name: str, on_bytes: OnBytes, on_chunk: OnChunk) -> StreamSnapshot:
    async def counted(chunk: bytes) -> None:
        on_bytes(name, len(chunk))
        await on_chunk(chunk)

    return await save_stream(broker, name, counted)


def save_secrets(folder: Path, file: Path) -> list[str]:
    """Write all secrets that cannot be replaced to `file`, but no passwords. Return their names."""
    contents = {
        path.name: path.read_text(encoding="ascii")
        for path in sorted(folder / name for name in (*IRREPLACEABLE, *TEMPORARY))
        if path.is_file()
    }
    write_atomically(file, json.dumps(contents, indent=1))
    return list(contents)
