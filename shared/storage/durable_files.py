"""Small files that survive a power failure: written beside their place, synced, and renamed into it."""

import os
from pathlib import Path


def write_durably(file: Path, text: str) -> None:
    """Replace a file, readable only by its owner."""
    part = file.with_name(f".{file.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    part.replace(file)
    sync(file.parent)


def sync(path: Path) -> None:
    """Make a folder's renames and removals, or a file's content, permanent."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
