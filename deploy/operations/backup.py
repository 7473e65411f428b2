"""Making a backup: what cannot be built again, in an order in which whatever refers to something comes before it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from nats.aio.client import Client

from deploy.operations.archive import Manifest, writing
from deploy.operations.people import FILE, gather, write_people
from deploy.operations.snapshot import Saved, Take, save_stream, stream_config

# A vote names a post, a letter and a checkpoint name a fact: they are saved before the log, which goes on growing
# meanwhile. Facts name policies, people have keys: those come after it, so none that the log names is missing.
BEFORE, AFTER = ("SIGNALS", "DEAD_LETTERS", "AUDIT"), ("KV_POLICIES",)
OPTIONAL = "PREVIEWS"

# What is being done, and how many bytes of it have come.
Tell = Callable[[str, int], None]


@dataclass(frozen=True)
class Made:
    """A backup, its file, and the file of the people beside it."""

    file: Path
    people: Path
    manifest: Manifest
    persons: int


async def make_backup(broker: Client, file: Path, master_key: str, tell: Tell, *, previews: bool = False) -> Made:
    """Save streams into `file`, then everybody who is there into `people.backup` beside it.

    Raises:
        deploy.operations.snapshot.Broken: the broker cannot save one of its streams.
    """
    names = [*((OPTIONAL,) if previews else ()), *BEFORE, "EVENTS", *AFTER]
    file.parent.mkdir(parents=True, exist_ok=True)
    with writing(file) as archive:
        for name in names:
            if await stream_config(broker, name) is not None:
                await archive.add(name, partial(_saved, broker, name, tell))
        manifest = archive.finish(datetime.now(UTC))
    persons = await save_people(broker, file.parent, master_key)
    return Made(file, file.with_name(FILE), manifest, persons)


async def save_people(broker: Client, folder: Path, master_key: str) -> int:
    """Replace the file of the people: whoever was erased is gone from every backup beside it. How many there are."""
    people = await gather(broker, datetime.now(UTC))
    write_people(folder / FILE, people, master_key)
    return len(people.keys)


async def _saved(broker: Client, name: str, tell: Tell, take: Take) -> Saved:
    async def counted(chunk: bytes) -> None:
        tell(name, len(chunk))
        await take(chunk)

    return await save_stream(broker, name, counted)
