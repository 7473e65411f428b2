"""Files that are whole or not there: written beside their place, brought onto the disk, and moved there in one step."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Their owner's: what is written like this is secret, or holds what is.
OWNER_ONLY = 0o600


@contextmanager
def whole_file(file: Path, mode: int = OWNER_ONLY) -> Iterator[Path]:
    """A file beside this one that takes its place, with the rights `mode`, when the block has ended well."""
    beginning = file.with_name(f".{file.name}.part")
    beginning.unlink(missing_ok=True)
    beginning.touch(mode=OWNER_ONLY)
    try:
        yield beginning
        beginning.chmod(mode)
        _onto_disk(beginning)
        beginning.replace(file)
        # Else a power failure may take the name back: of the master key, and with it every text.
        _onto_disk(file.parent)
    finally:
        beginning.unlink(missing_ok=True)


def write_whole(file: Path, text: str, mode: int = OWNER_ONLY) -> None:
    """Replace what the file holds."""
    with whole_file(file, mode) as beginning:
        beginning.write_text(text, encoding="utf-8")


def keep(file: Path, fresh: str) -> str:
    """What the file holds, without space around it; `fresh` is written there first where there is none."""
    if not file.exists():
        write_whole(file, fresh)
    return file.read_text(encoding="utf-8").strip()


def _onto_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
