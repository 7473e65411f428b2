"""Creates backups: everything that cannot be rebuilt, in an order that keeps references valid."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from nats.aio.client import Client

from deploy.installation.atomic_file import write_atomically
from deploy.installation.secret_files import PASSWORD_PREFIX
from deploy.operations.backup_file import Manifest, create_backup_file
from deploy.operations.people_file import PEOPLE_FILE, collect_people, write_people
from deploy.operations.stream_snapshot import OnChunk, StreamSnapshot, save_stream, stream_config

# A vote names a post, a letter and a checkpoint name a fact: they are saved before the log, which goes on growing
# meanwhile. Facts name policies, people have keys: those come after it, so none that the log names is missing.
BEFORE_LOG, AFTER_LOG = ("SIGNALS", "DEAD_LETTERS", "AUDIT"), ("KV_POLICIES",)
OPTIONAL = "PREVIEWS"
# What is being done, and how many bytes of it have come.
OnBytes = Callable[[str, int], None]
SECRETS_FILE = "secrets.backup"
# Passwords of the broker's users are made anew wherever they are missing.
REPLACEABLE_PREFIX = PASSWORD_PREFIX


@dataclass(frozen=True)
class CreatedBackup:
    """A backup, its file, and the file of the people beside it."""

    file: Path
    people: Path
    manifest: Manifest
    persons: int


async def make_backup(
    broker: Client, file: Path, master_key: str, on_bytes: OnBytes, *, previews: bool = False
) -> CreatedBackup:
    """Save streams into `file`, then everybody who is there into `people.backup` beside it.

    Raises:
        deploy.operations.snapshot.Broken: the broker cannot save one of its streams.
    """
    names = [*((OPTIONAL,) if previews else ()), *BEFORE_LOG, "EVENTS", *AFTER_LOG]
    file.parent.mkdir(parents=True, exist_ok=True)
    with create_backup_file(file) as archive:
        for name in names:
            if await stream_config(broker, name) is not None:
                await archive.add(name, partial(_save_stream, broker, name, on_bytes))
        manifest = archive.finish(datetime.now(UTC))
    persons = await save_people(broker, file.parent, master_key)
    return CreatedBackup(file, file.with_name(PEOPLE_FILE), manifest, persons)


async def save_people(broker: Client, folder: Path, master_key: str) -> int:
    """Replace the file of the people: whoever was erased is gone from every backup beside it. How many there are."""
    people = await collect_people(broker, datetime.now(UTC))
    write_people(folder / PEOPLE_FILE, people, master_key)
    return len(people.keys)


async def _save_stream(broker: Client, name: str, on_bytes: OnBytes, take: OnChunk) -> StreamSnapshot:
    async def counted(chunk: bytes) -> None:
        on_bytes(name, len(chunk))
        await take(chunk)

    return await save_stream(broker, name, counted)


def save_secrets(folder: Path, file: Path) -> list[str]:
    """Write every secret that cannot be made again; their names."""
    found = {
        path.name: path.read_text(encoding="ascii")
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.startswith((REPLACEABLE_PREFIX, "."))
    }
    write_atomically(file, json.dumps(found, indent=1))
    return list(found)
