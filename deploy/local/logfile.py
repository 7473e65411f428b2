"""The log of one part: one file, put aside at a start when it has grown."""

from pathlib import Path

# About a week of a busy small installation; three old ones are kept: at most 80 MB for all parts together.
FULL_BYTES = 4 * 1024 * 1024
KEPT = 3


def rotated(file: Path) -> Path:
    """The file to append to; a full one becomes `.1`, the one before it `.2`, and so on."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists() or file.stat().st_size < FULL_BYTES:
        return file
    for number in range(KEPT, 0, -1):
        older = file.with_name(f"{file.name}.{number}")
        newer = file.with_name(f"{file.name}.{number - 1}") if number > 1 else file
        if newer.exists():
            newer.replace(older)
    return file
