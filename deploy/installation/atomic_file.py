"""Atomic writes: a file is written beside its destination, synced to disk, and renamed into place."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.storage.durable_files import sync

# Files written this way are secret or contain secrets.
OWNER_ONLY = 0o600


@contextmanager
def atomic_file(file: Path, mode: int = OWNER_ONLY) -> Iterator[Path]:
    """Yield a temporary file that replaces `file`, with the permissions `mode`, when the block succeeds."""
    temporary = file.with_name(f".{file.name}.part")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=OWNER_ONLY)
    try:
        yield temporary
        temporary.chmod(mode)
        sync(temporary)
        temporary.replace(file)
        # Without this a power failure may undo the rename: losing the master key loses every text.
        sync(file.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_atomically(file: Path, text: str, mode: int = OWNER_ONLY) -> None:
    """Replace the content of a file."""
    with atomic_file(file, mode) as temporary:
        temporary.write_text(text, encoding="utf-8")


def rename_durably(source: Path, target: Path) -> None:
    """Rename a file within its folder, so that a power failure does not undo it."""
    source.replace(target)
    sync(target.parent)


def sync_folder(folder: Path) -> None:
    """Flush every file and folder below `folder` to disk."""
    for place, _, files in os.walk(folder, topdown=False):
        for name in files:
            sync(Path(place, name))
        sync(Path(place))
    sync(folder.parent)
