"""The view's file: opened, read for a fold, written with how far it reaches in one transaction, scrubbed."""

import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from services.gateway.view.schema import READABLE, TABLES, VERSION

logger = logging.getLogger(__name__)

# The file can be rebuilt from the log, so a lost last transaction is fetched again; a torn file would cost a whole
# rebuild. NORMAL gives just that in WAL mode (https://sqlite.org/pragma.html#pragma_synchronous).
# `secure_delete`: what was replaced or erased is overwritten, not only unlinked.
WRITER = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA secure_delete = ON;
"""
# How long a checkpoint may wait for a reader. Reads take milliseconds; five seconds mean a forgotten cursor.
BUSY_S = 5.0
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
LOG, SCRUB = "log", "scrub"
T = TypeVar("T")


class Store:
    """The writing side. Belongs to one thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = not path.exists()
        # One thread writes; its owner may ask how far the view reaches before there is anything to write.
        self.db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        self.db.executescript(WRITER)
        if fresh or not self._has_tables():
            self.db.executescript(f"BEGIN;{TABLES}COMMIT;")
        self.scrub_if_due()

    @classmethod
    def in_folder(cls, folder: Path) -> "Store":
        """The file of the present version; a damaged one is replaced by an empty one."""
        path = cls.place(folder)
        return opened_or_new(lambda: cls(path), path)

    @staticmethod
    def place(folder: Path, version: int = VERSION) -> Path:
        """Where a version's file lies."""
        return folder / f"view-{version}.sqlite"

    def reached(self, stream: str) -> int:
        """The last sequence of a stream that is folded in; 0: none."""
        found = self.db.execute("SELECT sequence FROM reached WHERE stream = ?", (stream,)).fetchone()
        return int(found[0]) if found else 0

    def mark(self, name: str) -> str | None:
        """A note that the view keeps about itself."""
        found = self.db.execute("SELECT value FROM marks WHERE name = ?", (name,)).fetchone()
        return str(found[0]) if found else None

    def name_log(self, log: str) -> None:
        """Note which log the view follows."""
        self._set_mark(LOG, log)

    def belongs_to(self, log: str, last: dict[str, int]) -> bool:
        """Whether the view follows this log, and is not ahead of its streams (a log restored from a backup)."""
        named = self.mark(LOG)
        return named in (None, log) and all(self.reached(stream) <= end for stream, end in last.items())

    @contextmanager
    def folding(self, stream: str, sequence: int, unreadable: Sequence[int]) -> Iterator[None]:
        """One transaction: what is written inside, and that the stream is folded up to `sequence`."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.write("INSERT OR IGNORE INTO unreadable VALUES (?, ?)", [(stream, lost) for lost in unreadable])
            self.db.execute("INSERT OR REPLACE INTO reached VALUES (?, ?)", (stream, sequence))
            self.db.execute("COMMIT")
        finally:
            if self.db.in_transaction:  # something failed, perhaps the commit itself on a full disk
                self.db.execute("ROLLBACK")

    def write(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run one statement for every row."""
        if rows:
            self.db.executemany(statement, rows)

    def ask_for_scrub(self) -> None:
        """Note, with the erasure itself, that the files must be scrubbed: a crash in between does not forget it."""
        self._set_mark(SCRUB, "due")

    def scrub_if_due(self) -> None:
        """Leave no byte of erased text in the files, if there was an erasure.

        `secure_delete` overwrites deleted rows, but not what moved when pages were split and merged, and the
        write-ahead log still holds old pages: only a rewrite of the file and an empty log are sure.
        """
        if not self.mark(SCRUB):
            return
        self.db.execute("VACUUM")
        busy, _, _ = self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not busy:  # else a reader stood in the way: the next batch tries again
            self.db.execute("DELETE FROM marks WHERE name = ?", (SCRUB,))

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    def remove(self) -> None:
        """Close and delete the file and what belongs to it."""
        self.close()
        remove_view(self.path)

    def remove_others(self) -> None:
        """Delete the files of other versions."""
        for other in self.path.parent.glob("view-*.sqlite"):
            if other != self.path:
                remove_view(other)

    def _set_mark(self, name: str, value: str) -> None:
        self.db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (name, value))

    def _has_tables(self) -> bool:
        return self.db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'marks'").fetchone() is not None


def opened_or_new(opened: Callable[[], T], path: Path) -> T:
    """What opens a view's file; a damaged one is removed first, so that an empty one takes its place."""
    try:
        return opened()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode not in DAMAGED:
            raise
        logger.error("a view's file is damaged and is built anew", extra={"file": path.name})
        remove_view(path)
        return opened()


def remove_view(path: Path) -> None:
    """Delete a view's file with its write-ahead log."""
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)


def open_store(folder: Path, log: str, ends: dict[str, int]) -> Store:
    """The file to read from: of an earlier version while that is readable and the present one's is not done.

    The files of earlier versions are removed when the present one has caught up, so one that is there still counts.
    """
    for version in sorted(READABLE, reverse=True):
        if Store.place(folder, version).exists():
            older = Store(Store.place(folder, version))
            if older.belongs_to(log, ends):
                return older
            older.remove()
    store = Store.in_folder(folder)
    if not store.belongs_to(log, ends):
        store.remove()
        store = Store.in_folder(folder)
    store.name_log(log)
    return store
