"""The view's file: opens it, writes a fold and its progress in one transaction, and scrubs erased text."""

import logging
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from services.gateway.view.tables import READABLE, TABLES, VERSION
from shared.log.crash_points import crash_point
from shared.log.losses import same_content
from shared.storage.derived_database import discard_if_damaged, remove_database, seal_database

logger = logging.getLogger(__name__)

# The file can be rebuilt from the log, so a lost last transaction is fetched again; a torn file would cost a whole
# rebuild. NORMAL allows the first and prevents the second in WAL mode
# (https://sqlite.org/pragma.html#pragma_synchronous). `secure_delete` overwrites replaced and erased content.
WRITER = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA secure_delete = ON;
"""
# How long a checkpoint may wait for a reader. Reads take milliseconds; five seconds mean a forgotten cursor.
BUSY_S = 5.0
LOG, SCRUB = "log", "scrub"
# The bucket whose lost entries make facts unreadable.
LOCKED = "KEYS"
# When a scrub is due: in the same batch after an erasure; after edits and withdrawals, which are common, regularly.
NOW, LATER = "due", "later"


class Store:
    """The writing side. It belongs to one thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = not path.exists()
        # One thread writes, but its owner reads the progress before there is anything to write.
        self.db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        self.db.executescript(WRITER)
        if fresh or not self._has_tables():
            self.db.executescript(f"BEGIN;{TABLES}COMMIT;")
        self.scrub_if_due(later=True)

    @classmethod
    def in_folder(cls, folder: Path) -> "Store":
        """Open the file of the current version, or an empty one if it is missing or damaged."""
        return cls.unless_damaged(cls.place(folder))

    @classmethod
    def unless_damaged(cls, path: Path) -> "Store":
        """Open a file that nobody has open, or an empty one if it is missing or damaged."""
        discard_if_damaged(path, TABLES)
        return cls(path)

    @staticmethod
    def place(folder: Path, version: int = VERSION) -> Path:
        """Return the path of a version's file."""
        return folder / f"view-{version}.sqlite"

    def reached(self, stream: str) -> int:
        """Return the last folded sequence of a stream; 0 for none."""
        found = self.db.execute("SELECT sequence FROM reached WHERE stream = :stream", {"stream": stream}).fetchone()
        return int(found[0]) if found else 0

    def begin_again(self, stream: str) -> None:
        """Record that a stream is folded from its beginning again; what was folded before stays."""
        self.write("DELETE FROM reached WHERE stream = :stream", [{"stream": stream}])

    def mark(self, name: str) -> str | None:
        """Return a mark: a note of the view about itself."""
        found = self.db.execute("SELECT value FROM marks WHERE name = :name", {"name": name}).fetchone()
        return str(found[0]) if found else None

    def name_log(self, log: str) -> None:
        """Record the log that the view follows."""
        self._set_mark(LOG, log)

    def belongs_to(self, log: str, last: dict[str, int]) -> bool:
        """Return whether the view can follow on. Not after a restore, which gives the log another name.

        A view that is ahead of a log with unchanged content is the proof that facts are lost, so it is kept.
        """
        named = self.mark(LOG)
        if self.reached("EVENTS") > last["EVENTS"] and (named is None or same_content(named, log)):
            return True
        return named in (None, log) and all(self.reached(stream) <= end for stream, end in last.items())

    @contextmanager
    def transaction(self, stream: str, sequence: int, unreadable: Sequence[int]) -> Iterator[None]:
        """Open a transaction for a fold; it also records that the stream is folded up to `sequence`."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.write(
                "INSERT OR IGNORE INTO unreadable (stream, sequence) VALUES (:stream, :sequence)",
                [{"stream": stream, "sequence": lost} for lost in unreadable],
            )
            self.db.execute(
                "INSERT OR REPLACE INTO reached (stream, sequence) VALUES (:stream, :sequence)",
                {"stream": stream, "sequence": sequence},
            )
            crash_point("before_view_commit")
            self.db.execute("COMMIT")
            crash_point("after_view_commit")
        finally:
            if self.db.in_transaction:  # the fold failed, or the commit itself on a full disk
                self.db.execute("ROLLBACK")

    def write(self, statement: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement with named parameters once for every row."""
        if rows:
            self.db.executemany(statement, rows)

    def note_locked(self, sequences: Sequence[int]) -> None:
        """Record, in the transaction that folds them, facts whose words are missing because a data key is lost."""
        self.write(
            "INSERT OR IGNORE INTO unreadable (stream, sequence) VALUES (:stream, :sequence)",
            [{"stream": LOCKED, "sequence": sequence} for sequence in sequences],
        )

    def locked(self) -> set[int]:
        """Return the sequences of facts whose words are missing because a data key is lost."""
        rows = self.db.execute("SELECT sequence FROM unreadable WHERE stream = :stream", {"stream": LOCKED})
        return {int(row[0]) for row in rows}

    def ask_for_scrub(self, *, later: bool = False) -> None:
        """Record, in the transaction that removes words, that the files must be scrubbed: a crash cannot lose it."""
        if not later or self.mark(SCRUB) is None:
            self._set_mark(SCRUB, LATER if later else NOW)

    def scrub_if_due(self, *, later: bool = False) -> None:
        """Remove every byte of removed words from the files, after an erasure; with `later`, after edits too.

        `secure_delete` overwrites deleted rows, but not copies left by page splits and merges, and the write-ahead log
        still holds old pages. Only rewriting the file and emptying the log is certain.
        """
        if self.mark(SCRUB) not in ((NOW, LATER) if later else (NOW,)):
            return
        self.db.execute("VACUUM")
        busy, _, _ = self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not busy:  # otherwise a reader blocked it, and the next batch tries again
            self.db.execute("DELETE FROM marks WHERE name = :name", {"name": SCRUB})

    def close(self) -> None:
        """Close the file, and seal it."""
        self.db.close()
        seal_database(self.path)

    def remove(self) -> None:
        """Close and delete the file with its write-ahead log."""
        self.db.close()
        remove_database(self.path)

    def remove_others(self) -> None:
        """Delete the files of other versions, also a write-ahead log whose database is gone: they hold texts."""
        for other in self.path.parent.glob("view-*.sqlite*"):
            if not other.name.startswith(self.path.name):
                other.unlink(missing_ok=True)

    def _set_mark(self, name: str, value: str) -> None:
        self.db.execute(
            "INSERT OR REPLACE INTO marks (name, value) VALUES (:name, :value)", {"name": name, "value": value}
        )

    def _has_tables(self) -> bool:
        return self.db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'marks'").fetchone() is not None


def open_store(folder: Path, log: str, ends: dict[str, int]) -> Store:
    """Open the file to read from: a readable earlier version while the current one is being built.

    Files of earlier versions are removed when the current one has caught up, so one that exists is still needed.
    """
    for version in sorted(READABLE, reverse=True):
        discard_if_damaged(Store.place(folder, version))
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


def try_to_scrub(store: Store) -> None:
    """Remove the former words of edited and withdrawn posts if that is due; the next call tries again."""
    try:
        store.scrub_if_due(later=True)
    except sqlite3.OperationalError as error:  # no room for a second copy, for example
        logger.warning("former words are not removed yet", extra={"error": str(error)})
