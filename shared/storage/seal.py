"""Seals: the checksum of a closed file or folder, kept beside it, by which the next start notices any changed byte.

SQLite and the index have no checksums of their own for most of their bytes. A seal exists only while nobody has the
file open: opening removes it, so that a crash is not taken for damage.
"""

import os
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

from shared.storage.durable_files import sync, write_durably

CHUNK = 1 << 20


def seal(path: Path) -> None:
    """Write the seal of a closed file or folder."""
    write_durably(seal_of(path), checksum(path))


def take_seal(path: Path) -> bool | None:
    """Remove the seal; return whether it fits the file or folder, None if there was none."""
    file = seal_of(path)
    try:
        expected = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError:
        expected = b""
    fits = expected == checksum(path).encode()
    remove_seal(path)
    return fits


def remove_seal(path: Path) -> None:
    """Remove the seal, if there is one."""
    file = seal_of(path)
    if file.is_dir():
        file.rename(file.with_name(f"{file.name}.damaged-{time.time_ns()}"))
    file.unlink(missing_ok=True)
    sync(file.parent)


def seal_of(path: Path) -> Path:
    """Return the path of the seal of a file or folder."""
    return path.with_name(f"{path.name}.seal")


def checksum(path: Path) -> str:
    """Return the names, sizes and CRC-32 of a file, or of every file in a folder; lock files are empty, so harmless."""
    files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
    return "".join(f"{one.relative_to(path.parent)} {one.stat().st_size} {_crc(one):08x}\n" for one in files)


def _crc(file: Path) -> int:
    """Return the CRC-32 of the offsets and bytes of the parts that are on the disk; holes of sparse files are zeros."""
    crc = 0
    with file.open("rb", buffering=0) as opened:
        for start, chunk in _chunks(opened.fileno(), file.stat().st_size):
            if stripped := chunk.rstrip(b"\0"):  # a copy of the file may have its zeros written out
                crc = zlib.crc32(stripped, zlib.crc32(start.to_bytes(8, "little"), crc))
    return crc


def _chunks(descriptor: int, size: int) -> Iterator[tuple[int, bytes]]:
    """Yield aligned chunks that are not holes, each with its offset."""
    at = 0
    while at < size:
        try:
            found = os.lseek(descriptor, at, os.SEEK_DATA)
        except OSError:  # the rest is a hole
            return
        at = found - found % CHUNK
        yield at, os.pread(descriptor, CHUNK, at)
        at += CHUNK
