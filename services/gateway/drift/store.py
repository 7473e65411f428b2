"""The drift view's file. It belongs to one thread, and holds a month of rows up to a fixed number."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from services.gateway.drift.tables import CONTENT, TABLES, VERSION
from shared.storage.derived_database import discard_if_damaged, put_aside, seal_database

# As long as the stream stores previews; a decision without its preview is useless here.
RETENTION_S = 30 * 86_400.0
# About 150 bytes a row: at most 60 MB a table, even under a flood. Each table drops only its own oldest rows, so a
# flood of previews displaces no submission.
MOST_ROWS = 400_000
# Inserts between two prunings; a few hundred rows too many for a moment do no harm.
PRUNE_EVERY = 2_000
# The mark that holds the preview mode with which the gateway was started.
MODE = "mode"
# A lost view is rebuilt from the streams, so no write waits for the disk.
SETTINGS = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON;"


class DriftStore:
    """Rows of previews, submissions and decisions, and the progress of their streams."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = self.path_in(folder)
        self.db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        self.db.row_factory = sqlite3.Row
        self.db.executescript(SETTINGS)
        if not self.rows("SELECT 1 FROM sqlite_schema WHERE name = 'marks'"):
            self.db.executescript(f"BEGIN;{TABLES}COMMIT;")
        self._unpruned = 0

    @classmethod
    def in_folder(cls, folder: Path) -> "DriftStore":
        """Open the file of the current version, or an empty one if it is missing or damaged."""
        # Kept beside it: the stream of previews may have dropped records that the file still counted.
        discard_if_damaged(cls.path_in(folder), TABLES, keep=True)
        return cls(folder)

    @staticmethod
    def path_in(folder: Path) -> Path:
        """Return the path of the file of the current version."""
        return folder / f"drift-{VERSION}.sqlite"

    def reset_if_recreated(self, streams: Mapping[str, tuple[str, int]]) -> None:
        """Start over if a stream was recreated or ends before its folded part. `streams`: name → (created, last)."""
        for name, (created, last) in streams.items():
            if self.mark(name) not in (None, created) or self.reached(name) > last:
                self._clear()
        for name, (created, _) in streams.items():
            self.set_mark(name, created)

    def set_mark(self, name: str, value: str) -> None:
        """Store a mark: a note of the view about itself."""
        self.db.execute(
            "INSERT OR REPLACE INTO marks (name, value) VALUES (:name, :value)", {"name": name, "value": value}
        )

    def mark(self, name: str) -> str | None:
        """Return a mark."""
        found = self.rows("SELECT value FROM marks WHERE name = :name", {"name": name})
        return str(found[0]["value"]) if found else None

    def reached(self, stream: str) -> int:
        """Return the last folded sequence; 0 for none."""
        found = self.rows("SELECT sequence FROM reached WHERE stream = :stream", {"stream": stream})
        return int(found[0]["sequence"]) if found else 0

    @contextmanager
    def transaction(self, stream: str, sequence: int) -> Iterator[None]:
        """Open a transaction for a fold; it also records that the stream is folded up to `sequence`."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.db.execute(
                "INSERT OR REPLACE INTO reached (stream, sequence) VALUES (:stream, :sequence)",
                {"stream": stream, "sequence": sequence},
            )
            self.db.execute("COMMIT")
        finally:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")

    def insert(self, table: str, **row: object) -> None:
        """Insert a row by its columns, unless its key exists: the first row counts."""
        columns, values = ", ".join(row), ", ".join(f":{column}" for column in row)
        self.db.execute(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({values})", row)
        self._unpruned += 1

    def prune(self, now: float, most_rows: int = MOST_ROWS) -> None:
        """Delete rows older than a month before `now` (Unix seconds), and the oldest rows past the limit."""
        for table in CONTENT:
            self.db.execute(f"DELETE FROM {table} WHERE at < :oldest", {"oldest": now - RETENTION_S})
            beyond = self.rows(f"SELECT at FROM {table} ORDER BY at DESC LIMIT 1 OFFSET :most", {"most": most_rows})
            if beyond:
                self.db.execute(f"DELETE FROM {table} WHERE at <= :at", {"at": beyond[0]["at"]})
        self._unpruned = 0

    def prune_if_due(self, now: float) -> None:
        """Prune after many inserts."""
        if self._unpruned >= PRUNE_EVERY:
            self.prune(now)

    def rows(self, query: str, values: Mapping[str, Any] | None = None) -> list[sqlite3.Row]:
        """Return all rows of a query with named values."""
        return self.db.execute(query, values or {}).fetchall()

    def row(self, query: str, values: Mapping[str, Any]) -> sqlite3.Row:
        """Return the only row of a query."""
        (found,) = self.rows(query, values)
        return found

    def close(self) -> None:
        """Close the file, and seal it."""
        self.db.close()
        seal_database(self.path)

    def discard(self) -> None:
        """Close the file and put it aside, because it is damaged."""
        self.db.close()
        put_aside(self.path, keep=True)

    def _clear(self) -> None:
        for table in (*CONTENT, "reached", "marks"):
            self.db.execute(f"DELETE FROM {table}")
