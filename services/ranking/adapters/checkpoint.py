"""The board in SQLite, so that a restart is quick."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.ranking.projections import Board, Changes, Mark, PostRecord, put_mark, put_record, take_changes

# Raise it when the fold changes its meaning: the board is then read from the log again.
VERSION = 1

_TABLES = {
    "post": """post_id TEXT PRIMARY KEY, author_id TEXT, community TEXT, created REAL, root_id TEXT, revision INTEGER,
        published INTEGER, embedded INTEGER, gone INTEGER, prior INTEGER, listed INTEGER""",
    "mark": "user_id TEXT, kind TEXT, post_id TEXT, value INTEGER, PRIMARY KEY (user_id, kind, post_id)",
    "erased": "user_id TEXT PRIMARY KEY",
    "reached": "stream TEXT PRIMARY KEY, sequence INTEGER, made TEXT",
}


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream as it is now: when it was made tells it from one of another installation; `head`: its last sequence."""

    made: str
    head: int


class Checkpoint:
    """The board on disk, with the sequences that it has reached in the same transaction."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._store = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._store.execute("PRAGMA journal_mode = WAL")
        # A checkpoint that a power cut takes back is read from the log again.
        self._store.execute("PRAGMA synchronous = NORMAL")

    def load(self, streams: Mapping[str, Stream]) -> Board:
        """The board as last written; an empty one where there is none, or it is of another log or version."""
        board = Board()
        if not self._is_of(streams):
            self._begin(streams)
            return board
        for record in self._store.execute("SELECT * FROM post"):
            put_record(board, PostRecord(*record))
        for mark in self._store.execute("SELECT * FROM mark"):
            put_mark(board, Mark(*mark))
        board.erased.update(user_id for (user_id,) in self._store.execute("SELECT user_id FROM erased"))
        board.reached.update(self._store.execute("SELECT stream, sequence FROM reached").fetchall())
        take_changes(board)
        return board

    def write(self, changes: Changes) -> None:
        """Write changes and the sequences reached, all or nothing.

        Raises:
            sqlite3.Error: the disk did not take it; nothing was written.
        """
        with self._transaction() as store:
            store.executemany(f"REPLACE INTO post VALUES ({', '.join('?' * len(PostRecord._fields))})", changes.posts)
            silent = [mark[:3] for mark in changes.marks if not mark.value]
            store.executemany("DELETE FROM mark WHERE user_id = ? AND kind = ? AND post_id = ?", silent)
            standing = [mark for mark in changes.marks if mark.value]
            store.executemany("REPLACE INTO mark VALUES (?, ?, ?, ?)", standing)
            store.executemany("INSERT OR IGNORE INTO erased VALUES (?)", [(user_id,) for user_id in changes.erased])
            for stream, sequence in changes.reached.items():
                store.execute("UPDATE reached SET sequence = ? WHERE stream = ?", (sequence, stream))

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._store.execute("BEGIN IMMEDIATE")
        try:
            yield self._store
        except BaseException:
            self._store.execute("ROLLBACK")
            raise
        self._store.execute("COMMIT")

    def _is_of(self, streams: Mapping[str, Stream]) -> bool:
        (version,) = self._store.execute("PRAGMA user_version").fetchone()
        if version != VERSION:
            return False
        reached = {name: (sequence, made) for name, sequence, made in self._store.execute("SELECT * FROM reached")}
        return all(
            name in reached and reached[name][1] == stream.made and reached[name][0] <= stream.head
            for name, stream in streams.items()
        )

    def _begin(self, streams: Mapping[str, Stream]) -> None:
        with self._transaction() as store:
            for table in _TABLES:
                store.execute(f"DROP TABLE IF EXISTS {table}")
                store.execute(f"CREATE TABLE {table} ({_TABLES[table]}) WITHOUT ROWID")
            made = [(name, stream.made) for name, stream in streams.items()]
            store.executemany("INSERT INTO reached VALUES (?, 0, ?)", made)
            store.execute(f"PRAGMA user_version = {VERSION}")
