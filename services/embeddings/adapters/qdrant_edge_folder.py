"""The folder of a Qdrant Edge shard: opens it, notices damage, and empties it so that it is built from the log again.

Edge checks few of its files, maps them into memory, and answers damage with an exception, a panic, or a crash. So a
shard that was closed in order has a seal. Without one, after a crash, it is read once; a file that marks the opening
shows the next process that even this crashed.
"""

import logging
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TypeVar

import qdrant_edge as edge

from services.embeddings.adapters.point_layout import DENSE, KEYWORD_FIELDS, SCROLL_PAGE
from services.embeddings.adapters.qdrant_edge_shard import LOCK, lock_folder, open_shard, replace_shard
from services.embeddings.domain import IndexUnavailable
from shared.storage.durable_files import write_durably
from shared.storage.seal import remove_seal, seal, take_seal

logger = logging.getLogger(__name__)
T = TypeVar("T")
# Points that are read in a second; a stop may take six.
READ_AT_CLOSE = 30_000
NO_SPACE = "No space left"
EMPTIED = "the index was damaged and is built from the log again"


class EdgeError(IndexUnavailable):
    """Edge reported an error."""


class IndexEmptied(IndexUnavailable):
    """The index was damaged. It is now empty, and is built from the log again."""


class ShardFolder:
    """The open shard of a folder. Every method belongs to one thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._shard: edge.EdgeShard | None = None
        self._lock: TextIOWrapper | None = None

    @property
    def shard(self) -> edge.EdgeShard:
        """The open shard."""
        if self._shard is None:
            raise RuntimeError(f"the index in {self.folder} is closed")
        return self._shard

    @property
    def is_open(self) -> bool:
        """Tell if the shard is open."""
        return self._shard is not None

    def guard(self, work: Callable[[], T]) -> T:
        """Call `work`. After an error of Edge, read the shard, and empty the folder if it cannot be read.

        Raises:
            IndexEmptied: the folder was damaged; the shard is now empty.
            IndexUnavailable: Edge reported another error.
        """
        try:
            with edge_errors():
                return work()
        except EdgeError as error:
            reason = str(error)
        if NO_SPACE not in reason and self._shard is not None and (damage := _damage(self._shard)):
            self._empty(damage)
            raise IndexEmptied(EMPTIED)
        raise IndexUnavailable(f"the index reports: {reason}")

    def open(self, *, is_new: bool = False) -> None:
        """Open the shard, or an empty one if it is missing or damaged. `is_new`: this process has just written it."""
        if self._shard is not None:
            return
        _put_file_aside(self.folder)
        self._lock = self._lock or lock_folder(self.folder)
        reason, must_read = ("", False) if is_new else self._closed_state()
        write_durably(self._mark, "")
        self._shard = None if reason else self._open_whole(must_read=must_read)
        if self._shard is None:
            self._empty(reason or "it cannot be read")
        self._mark.unlink(missing_ok=True)

    def close(self, *, with_seal: bool = False) -> None:
        """Release the shard and the folder. A seal is written only for a shard that can still be read."""
        is_whole = with_seal and self._shard is not None and self._is_whole_at_close(self._shard)
        if self._shard is not None:
            self._shard.close()
        if is_whole:
            seal(self.folder)
        if self._lock is not None:
            self._lock.close()
        self._shard = self._lock = None

    def clear(self, replacement: Path | None) -> None:
        """Delete everything, move the closed shard in the folder `replacement`, if any, here, and open it."""
        self.close()
        if replacement:
            remove_seal(replacement)
        replace_shard(self.folder, replacement)
        self.open(is_new=True)

    def optimize(self) -> None:
        """Optimize in another process, because a call of seconds would block this one's event loop."""
        self.close()
        program = [sys.executable, "-m", "services.embeddings.adapters.optimize_shard", str(self.folder)]
        code = subprocess.run(program, check=False).returncode
        self.open(is_new=code == 0)
        if code:
            logger.error("the index was not optimized", extra={"code": code})

    def _is_whole_at_close(self, shard: edge.EdgeShard) -> bool:
        """Read a shard that is small enough for a stop; mark it for the next start if it is damaged."""
        damage = _damage(shard) if shard.info().points_count <= READ_AT_CLOSE else ""
        if damage:
            logger.error("the index is damaged: the next start builds it from the log", extra={"reason": damage})
            write_durably(self._mark, "")
        return not damage

    def _closed_state(self) -> tuple[str, bool]:
        """Return what is wrong with the closed shard, if it is known, and whether it must be read to know."""
        stored = any(one.name != LOCK for one in self.folder.iterdir())
        fits = take_seal(self.folder)
        if self._mark.exists():
            return "the last process found damage, or crashed when it opened it", False
        if not stored:
            return "", False
        if fits is False:
            return "its bytes have changed since it was closed", False
        if not (self.folder / "edge_config.json").is_file():
            return "it has no configuration", False
        return "", fits is None

    def _open_whole(self, *, must_read: bool) -> edge.EdgeShard | None:
        """Open the shard; None if it is damaged."""
        try:
            with edge_errors():
                shard = open_shard(self.folder)
        except EdgeError as error:
            if NO_SPACE in str(error):
                raise
            return None
        return None if must_read and _damage(shard) else shard

    def _empty(self, reason: str) -> None:
        logger.error("the index is damaged and is built from the log again", extra={"reason": reason})
        if self._shard is not None:
            with suppress(Exception):
                self._shard.close()
        for entry in self.folder.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry.name != LOCK:
                entry.unlink()
        self._shard = open_shard(self.folder)

    @property
    def _mark(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.opening")


@contextmanager
def edge_errors() -> Iterator[None]:
    """Raise Edge's errors as EdgeError: they have no class of their own, and a panic is not even an Exception."""
    try:
        yield
    except BaseException as error:
        if type(error) is Exception or type(error).__name__ == "PanicException":
            raise EdgeError(next(iter(str(error).splitlines()), type(error).__name__)) from error
        raise


def _damage(shard: edge.EdgeShard) -> str:
    """Read all points and every index; return the error, or an empty text."""
    try:
        with edge_errors():
            return _read_all(shard)
    except EdgeError as error:
        return str(error)


def _read_all(shard: edge.EdgeShard) -> str:
    for field in KEYWORD_FIELDS:
        nothing = edge.FieldCondition(field, match=edge.MatchValue("-"))
        shard.count(edge.CountRequest(True, edge.Filter(must=[nothing])))
    offset: edge.PointId | None = None
    while True:
        records, offset = shard.scroll(edge.ScrollRequest(offset, SCROLL_PAGE, None, True, [DENSE]))
        if any(not record.payload for record in records):
            return "a point has lost its payload"
        if offset is None:
            return ""


def _put_file_aside(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        folder.rename(folder.with_name(f"{folder.name}.damaged-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}"))
