"""The rows of one import in a SQLite file: sorted so that parents come first, however large the file is.

Losing it loses nothing: it is made again from the import file. It is deleted when the import is finished.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from deploy.cli.importing.source.rows import Findings, FirstSeen, RefusedRow, Row
from services.gateway.imports.commands import post_id_of

# Raise it whenever rows are built or stored in another way.
VERSION = 2
ROWS_IN_A_TRANSACTION = 2000
TABLES = """
CREATE TABLE rows (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, line INTEGER NOT NULL, source_id TEXT NOT NULL, parent TEXT,
    level INTEGER, digest BLOB NOT NULL, post BLOB NOT NULL, post_id TEXT NOT NULL, community TEXT, author TEXT,
    removed INTEGER NOT NULL, outcome TEXT
) STRICT;
CREATE TABLE refused (
    seq INTEGER PRIMARY KEY, line INTEGER NOT NULL, id TEXT NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL,
    row BLOB NOT NULL, row_id TEXT
) STRICT;
CREATE TABLE marks (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
"""
INDEXES = """
CREATE INDEX rows_by_parent ON rows (parent) WHERE parent IS NOT NULL;
CREATE INDEX rows_by_post ON rows (post_id);
CREATE INDEX refused_by_id ON refused (row_id) WHERE row_id IS NOT NULL;
"""


@dataclass(frozen=True)
class Place:
    """A place in the order of submission: rows of level 0 answer nothing in this file."""

    level: int = -1
    seq: int = -1


@dataclass(frozen=True)
class StagedRow:
    """A row in the order of submission."""

    place: Place
    row: Row
    size: int


class Staging:
    """Stores rows while the file is read, and yields them in the order of submission."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        path.chmod(0o600)
        # Safe without syncs: an incomplete file is made again. A journal in memory would grow with the file.
        for pragma in ("journal_mode = TRUNCATE", "synchronous = OFF", "temp_store = FILE", "cache_size = -32000"):
            self.connection.execute(f"PRAGMA {pragma}")

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def is_complete(self) -> bool:
        """Return whether the whole file was read and sorted, by this version of the code."""
        with suppress(sqlite3.OperationalError):  # no such table
            return self._value("complete") == str(VERSION).encode()
        return False

    def fill(self, rows: Iterable[Row | RefusedRow | None], findings: Findings) -> None:
        """Store the rows of a file."""
        self.connection.executescript(TABLES)
        numbered = enumerate(row for row in rows if row is not None)
        while batch := list(islice(numbered, ROWS_IN_A_TRANSACTION)):
            with self.transaction():
                for seq, row in batch:
                    self._add(seq, row, findings) if isinstance(row, Row) else self.refuse(seq, row)
        self.connection.executescript(INDEXES)

    def finish(self, findings: Findings) -> None:
        """Mark the file as complete. It survives a loss of power from here on."""
        remarks = {code: asdict(seen) for code, seen in findings.remarks.items()}
        values = {"remarks": remarks, "formats": dict(findings.formats)}
        self.connection.execute("CREATE INDEX rows_in_order ON rows (level, seq)")
        with self.transaction():
            self._mark("findings", orjson.dumps(values))
            self._mark("complete", str(VERSION).encode())

    def findings(self) -> Findings:
        """Return the remarks that were stored."""
        stored = orjson.loads(self._value("findings") or b'{"remarks": {}, "formats": {}}')
        found = Findings({code: FirstSeen(**seen) for code, seen in stored["remarks"].items()})
        found.formats.update(stored["formats"])
        return found

    def refuse(self, seq: int, row: RefusedRow) -> None:
        """Store a refused row."""
        fields = orjson.dumps(row.row, default=str, option=orjson.OPT_NON_STR_KEYS) if _is_plain(row.row) else b"null"
        values = (seq, row.line, _storable(row.id), row.code, _storable(row.reason), fields, row.row_id)
        self.connection.execute("INSERT OR REPLACE INTO refused VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def refused(self) -> Iterator[RefusedRow]:
        """Yield the refused rows in the order of the file."""
        for line, source_id, code, reason, row in self.connection.execute(
            "SELECT line, id, code, reason, row FROM refused ORDER BY seq"
        ):
            yield RefusedRow(line, source_id, code, reason, orjson.loads(row))

    def in_order(self, after: Place) -> Iterator[StagedRow]:
        """Yield the rows after a place."""
        query = """SELECT level, seq, line, id, source_id, parent, post FROM rows WHERE (level, seq) > (?, ?)
            ORDER BY level, seq"""
        found = self.connection.execute(query, (after.level, after.seq))
        for level, seq, line, row_id, source_id, parent, stored in found:
            post = orjson.loads(stored)
            if post.get("parent_id") != parent:  # `settle_parents` understood it once all rows were known
                post = post | {"parent_id": parent}
            yield StagedRow(Place(level, seq), Row(line, row_id, post, source_id), len(stored))

    def count(self, query: str) -> int:
        """Return the number that a query counts."""
        found: int = self.connection.execute(query).fetchone()[0]
        return found

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run statements in one transaction."""
        self.connection.execute("BEGIN")
        with closing(self.connection.cursor()) as cursor:
            try:
                yield
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")

    def _add(self, seq: int, row: Row, findings: Findings) -> None:
        post = row.post
        wire = orjson.dumps(post, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)
        digest = hashlib.sha256(wire).digest()[:16]  # the same for equal rows
        author = post.get("author_id") or post.get("author")
        values = (
            seq, row.id, row.line, row.source_id, row.parent, digest, wire, post_id_of(row.id),
            post.get("community"), author, int(bool(post.get("removed"))),
        )  # fmt: skip
        added = self.connection.execute(
            """INSERT OR IGNORE INTO rows (seq, id, line, source_id, parent, digest, post, post_id, community, author,
                removed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            values,
        )
        if added.rowcount:
            return
        line, first = self.connection.execute("SELECT line, digest FROM rows WHERE id = ?", (row.id,)).fetchone()
        if first == digest:
            findings.remark("row_repeated", row.line, f"id {row.source_id} of line {line}")
            return
        reason = (
            f"the id {row.source_id} is already in line {line}, with other words or fields; that row is imported. "
            "Give this row another id, or remove one of the two"
        )
        self.refuse(seq, RefusedRow(row.line, row.source_id, "id_repeated", reason, post))

    def _mark(self, name: str, value: bytes) -> None:
        self.connection.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (name, value))

    def _value(self, name: str) -> bytes | None:
        found = self.connection.execute("SELECT value FROM marks WHERE name = ?", (name,)).fetchone()
        return found[0] if found else None


def delete_staging(path: Path) -> None:
    """Delete a staging file and SQLite's journal of it, which would be applied to the next file of this name."""
    for file in (path, path.with_name(f"{path.name}-journal")):
        file.unlink(missing_ok=True)


def _storable(text: str) -> str:
    """Return a text whose lone surrogates, as in names of fields, are replaced."""
    return text.encode("utf-8", "replace").decode()


def _is_plain(value: Any) -> bool:
    try:
        orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)
    except (TypeError, ValueError):  # lone surrogates, or integers of more than 64 bits
        return False
    return True
