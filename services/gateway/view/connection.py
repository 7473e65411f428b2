"""Quick reads: one read-only connection on the event loop's thread, no waiting, no locks (WAL)."""

import hashlib
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from services.gateway.view.schema import CONTENT

# The whole file may be mapped into memory up to this size, so that a read copies no pages: 1 GiB is some 500,000 posts.
MAPPED_BYTES = 1024**3


class Reader:
    """A read-only connection to the view's file. Every query is read to its end, so that none holds a snapshot."""

    _db: sqlite3.Connection

    def open_reader(self, path: Path) -> None:
        """Open the file, which exists."""
        self._db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        self._db.execute(f"PRAGMA mmap_size = {MAPPED_BYTES}").fetchall()

    def close_reader(self) -> None:
        """Close the connection."""
        self._db.close()

    def rows(self, query: str, values: dict[str, Any]) -> list[Any]:
        """All rows of a query with named values."""
        return self._db.execute(query, values).fetchall()

    def row(self, query: str, values: dict[str, Any]) -> Any:
        """The first row, or None."""
        found = self.rows(query, values)
        return found[0] if found else None

    def digest(self) -> str:
        """SHA-256 over every row of the view's content, each table in the order of its key, as hexadecimal."""
        sha = hashlib.sha256()
        self._db.execute("BEGIN")  # one snapshot
        try:
            for table, order in CONTENT:
                sha.update(table.encode())
                for row in self._db.execute(f"SELECT * FROM {table} ORDER BY {order}"):
                    sha.update(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
        finally:
            self._db.execute("COMMIT")
        return sha.hexdigest()


def as_json(values: Any) -> str:
    """A list for `json_each`."""
    return orjson.dumps(values).decode()


def moment(stored: str) -> datetime:
    """A stored time."""
    return datetime.fromisoformat(stored)


def moment_or_none(stored: str | None) -> datetime | None:
    """A stored time, where there is one."""
    return datetime.fromisoformat(stored) if stored else None
