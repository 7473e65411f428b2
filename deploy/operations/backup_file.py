"""The file format of a backup: a zip with one entry per stream and a manifest with their digests.

The manifest is written last, so an interrupted backup has none and is rejected.
"""

import fcntl
import hashlib
import struct
import zipfile
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from deploy.installation.atomic_file import atomic_file
from deploy.operations.stream_snapshot import CHUNK_BYTES, StreamSnapshot

FORMAT = 1
MANIFEST = "manifest.json"
# A changed byte may also name an unknown compression or a password, or a place outside of the file.
DAMAGE = (zipfile.BadZipFile, KeyError, OSError, EOFError, NotImplementedError, RuntimeError, zlib.error, struct.error)
Save = Callable[[Callable[[bytes], Awaitable[None]]], Awaitable[StreamSnapshot]]


class DamagedBackup(Exception):
    """The file is not a complete backup, or its bytes have changed."""


class StreamEntry(BaseModel):
    """A saved stream with the digest and size of its bytes."""

    model_config = ConfigDict(frozen=True)
    saved: StreamSnapshot
    sha256: str
    size: int


class Manifest(BaseModel):
    """The contents of a backup."""

    model_config = ConfigDict(frozen=True)
    format: int = FORMAT
    made_at: datetime
    streams: dict[str, StreamEntry]

    @property
    def last(self) -> int:
        """The last sequence of the log."""
        return self.streams["EVENTS"].saved.last


class BackupWriter:
    """Writes a backup file."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._streams: dict[str, StreamEntry] = {}

    async def add(self, name: str, save: Save) -> StreamEntry:
        """Write the chunks that `save` delivers as the entry of a stream."""
        digest, size = hashlib.sha256(), 0
        # The broker's chunks are already compressed.
        with self._archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as entry:

            async def write_chunk(chunk: bytes) -> None:
                nonlocal size
                entry.write(chunk)
                digest.update(chunk)
                size += len(chunk)

            saved = await save(write_chunk)
        self._streams[name] = StreamEntry(saved=saved, sha256=digest.hexdigest(), size=size)
        return self._streams[name]

    def finish(self, made_at: datetime) -> Manifest:
        """Write the manifest."""
        manifest = Manifest(made_at=made_at, streams=self._streams)
        self._archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
        return manifest


@contextmanager
def create_backup_file(file: Path) -> Iterator[BackupWriter]:
    """Yield a writer; the file appears only if the block succeeds. Leftovers of killed backups are removed first."""
    remove_leftovers(file.parent)
    with atomic_file(file) as temporary, _locked(temporary), zipfile.ZipFile(temporary, "w") as archive:
        yield BackupWriter(archive)


def remove_leftovers(folder: Path) -> None:
    """Delete the incomplete files of killed backups, but not the file that another backup is writing."""
    for leftover in folder.glob(".*.backup.part"):
        # A file system without locks cannot tell, so its leftovers stay.
        with suppress(OSError), _locked(leftover):
            leftover.unlink()


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Lock a file until the block or the process ends.

    Raises:
        BlockingIOError: another process has locked it.
        OSError: the file is gone, or its file system has no locks.
    """
    with file.open("ab") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def read_manifest(file: Path) -> Manifest:
    """Return the manifest of a backup after checking every byte against its digest.

    Raises:
        DamagedBackup: the file is incomplete or has changed.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = Manifest.model_validate_json(archive.read(MANIFEST))
    except (*DAMAGE, ValidationError, ValueError) as error:
        raise DamagedBackup(f"{file} is not a complete backup ({type(error).__name__})") from error
    if manifest.format != FORMAT:
        raise DamagedBackup(f"{file} has format {manifest.format}; this version reads format {FORMAT}")
    for name, entry in manifest.streams.items():
        digest = hashlib.sha256()
        try:
            for chunk in read_chunks(file, name):
                digest.update(chunk)
        except DAMAGE as error:
            raise DamagedBackup(f"{name} in {file} is damaged: {error}") from error
        if digest.hexdigest() != entry.sha256:
            raise DamagedBackup(f"{name} in {file} has changed since it was written")
    return manifest


def read_chunks(file: Path, name: str) -> Iterator[bytes]:
    """Yield the bytes of one stream in chunks for the broker."""
    with zipfile.ZipFile(file) as archive, archive.open(name) as entry:
        while chunk := entry.read(CHUNK_BYTES):
            yield chunk
