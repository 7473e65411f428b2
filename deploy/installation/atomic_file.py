"""Atomic writes: a file is written beside its destination, synced to disk, and renamed into place."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Their owner's: what is written like this is secret, or holds what is.
OWNER_ONLY = 0o600


@contextmanager
def atomic_file(file: Path, mode: int = OWNER_ONLY) -> Iterator[Path]:
    """A file beside this one that takes its place, with the rights `mode`, when the block has ended well."""
    temporary = file.with_name(f".{file.name}.part")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=OWNER_ONLY)
    try:
        yield temporary
        temporary.chmod(mode)
        _sync(temporary)
        temporary.replace(file)
        # Else a power failure may take the name back: of the master key, and with it every text.
        _sync(file.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_atomically(file: Path, text: str, mode: int = OWNER_ONLY) -> None:
    """Replace what the file holds."""
    with atomic_file(file, mode) as temporary:
        temporary.write_text(text, encoding="utf-8")


def read_or_create(file: Path, default: str) -> str:
    """What the file holds, without space around it; `default` is written there first where there is none."""
    if not file.exists():
        write_atomically(file, default)
    return file.read_text(encoding="utf-8").strip()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
