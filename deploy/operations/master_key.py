"""Rotates the master key: every data key is wrapped with a new one. An interrupted rotation can be continued.

The next key is stored beside the current one until the rotation is complete; until then services start with both keys.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from nats.aio.client import Client
from nats.js.errors import KeyWrongLastSequenceError

from deploy.installation.atomic_file import rename_durably
from deploy.installation.key_record import read_record, write_record
from deploy.installation.secret_files import MASTER, NEXT_MASTER
from deploy.installation.secret_forms import create_seed, read_seed
from shared.log.read_to_end import read_to_end
from shared.security.master_key_check import check_master_key
from shared.security.sealing import fingerprint, rewrap

OnProgress = Callable[[str, int, int], None]


class MasterKeyNotStored(Exception):
    """The master key is not stored in this installation."""


@dataclass(frozen=True)
class Rotated:
    """The number of data keys wrapped by this run, and by an earlier, interrupted run."""

    wrapped: int
    before: int


async def rotate_master_key(broker: Client, folder: Path, on_progress: OnProgress) -> Rotated:
    """Wrap every data key with the next master key, then make it the current one.

    Raises:
        MasterKeyNotStored: the folder has no master key.
        deploy.installation.secret_forms.DamagedSecret: a master key in the folder is damaged.
        shared.security.master_key_check.WrongMasterKey: the master key does not open the data keys.
    """
    if not (folder / MASTER).exists():
        raise MasterKeyNotStored(
            "The master key comes from OTTIT_MASTER_KEY and is not stored here, so it cannot be rotated here."
        )
    present = bytes.fromhex(read_seed(folder / MASTER))
    known = [present, *([bytes.fromhex(read_seed(folder / NEXT_MASTER))] if (folder / NEXT_MASTER).exists() else [])]
    await check_master_key(broker, known, str(folder.parent))
    following = bytes.fromhex(create_seed(folder / NEXT_MASTER))
    _record(folder, present, following)
    bucket = await broker.jetstream().key_value("KEYS")
    wrapped = before = 0
    prefix = "$KV.KEYS."
    people = [message async for message in read_to_end(broker, "KV_KEYS") if message.data]
    for message in people:
        person = message.subject.removeprefix(prefix)
        fresh = rewrap(present, following, person, message.data)
        if fresh is None:
            before += 1
        else:
            try:
                await bucket.update(person, fresh, last=message.metadata.sequence.stream)
                wrapped += 1
            except KeyWrongLastSequenceError:
                continue  # the person was erased meanwhile
        on_progress("data keys", wrapped + before, len(people))
    _replace_master_key(folder)
    _record(folder, following)
    return Rotated(wrapped, before)


def _replace_master_key(folder: Path) -> None:
    """Replace the current key with the next one, and overwrite the bytes of the old key."""
    with (folder / MASTER).open("r+b") as old:
        rename_durably(folder / NEXT_MASTER, folder / MASTER)
        old.write(b"0" * 64)
        old.flush()
        os.fsync(old.fileno())


def _record(folder: Path, *keys: bytes) -> None:
    """Record the keys in use, the newest last, if this installation keeps a record."""
    if recorded := read_record(folder.parent):
        write_record(folder.parent, replace(recorded, master=[fingerprint(key) for key in keys]))
