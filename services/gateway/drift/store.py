"""The drift view's file. It belongs to one thread, holds a month, and no more rows than are declared here."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from services.gateway.drift.schema import CONTENT, TABLES, VERSION
from services.gateway.view.store import open_or_create

# As long as the stream keeps previews; without a preview a decision says nothing here.
KEPT_S = 30 * 86_400.0
# About 150 bytes a row: 60 MB a table at the most, whoever floods it. Each table is pushed out by its own rows only,
# so a flood of previews costs no submission its place.
KEPT_ROWS = 400_000
# Between two looks at what is too old; a few hundred rows too many for a moment do no harm.
PRUNE_EVERY = 2_000
# Under this name the view keeps the mode that the gateway was started in.
MODE = "mode"
# A view that is lost is folded anew, so nothing waits for the disk.
SETTINGS = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON;"


class Store:
    """Rows of previews, submissions and decisions, with how far the streams are folded."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = self.path_in(folder)
        self.db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        self.db.executescript(SETTINGS)
        if not self.rows("SELECT 1 FROM sqlite_schema WHERE name = 'marks'"):
            self.db.executescript(f"BEGIN;{TABLES}COMMIT;")
        self._unpruned = 0

    @classmethod
    def in_folder(cls, folder: Path) -> "Store":
        """The file of the present version; a damaged one is replaced by an empty one."""
        return open_or_create(lambda: cls(folder), cls.path_in(folder))

    @staticmethod
    def path_in(folder: Path) -> Path:
        """Where the file of the present version lies."""
        return folder / f"drift-{VERSION}.sqlite"

    def belong_to(self, streams: Mapping[str, tuple[str, int]]) -> None:
        """Start anew where a stream was created again, or ends before what is folded: stream → (created, last)."""
        for name, (created, last) in streams.items():
            if self.marked(name) not in (None, created) or self.reached(name) > last:
                self._clear()
        for name, (created, _) in streams.items():
            self.mark(name, created)

    def mark(self, name: str, value: str) -> None:
        """Note something about the view itself."""
        self.db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (name, value))

    def marked(self, name: str) -> str | None:
        """What was noted under this name."""
        found = self.rows("SELECT value FROM marks WHERE name = ?", (name,))
        return str(found[0][0]) if found else None

    def reached(self, stream: str) -> int:
        """The last sequence that is folded in; 0: none."""
        found = self.rows("SELECT sequence FROM reached WHERE stream = ?", (stream,))
        return int(found[0][0]) if found else 0

    @contextmanager
    def folding(self, stream: str, sequence: int) -> Iterator[None]:
        """One transaction: what is written inside, and how far the stream is folded."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.db.execute("INSERT OR REPLACE INTO reached VALUES (?, ?)", (stream, sequence))
            self.db.execute("COMMIT")
        finally:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")

    def insert(self, table: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Keep rows whose key is new: the first word counts."""
        for row in rows:
            self.db.execute(f"INSERT OR IGNORE INTO {table} VALUES ({', '.join('?' * len(row))})", row)
            self._unpruned += 1

    def prune(self, now: float, kept: int = KEPT_ROWS) -> None:
        """Let go of what is older than a month before `now` (Unix seconds), and of the oldest rows past the limit."""
        for table in CONTENT:
            self.db.execute(f"DELETE FROM {table} WHERE at < ?", (now - KEPT_S,))
            edge = self.rows(f"SELECT at FROM {table} ORDER BY at DESC LIMIT 1 OFFSET ?", (kept,))
            if edge:
                self.db.execute(f"DELETE FROM {table} WHERE at <= ?", edge[0])
        self._unpruned = 0

    def prune_if_due(self, now: float) -> None:
        """Prune after many rows."""
        if self._unpruned >= PRUNE_EVERY:
            self.prune(now)

    def rows(self, query: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[Any]:
        """All rows of a query."""
        return self.db.execute(query, values).fetchall()

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    def _clear(self) -> None:
        for table in (*CONTENT, "reached", "marks"):
            self.db.execute(f"DELETE FROM {table}")
