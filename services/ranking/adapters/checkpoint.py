"""The checkpoint: the ranking state in SQLite, so that a restart need not read the whole log."""

import asyncio
import logging
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.ranking.projections import (
    ChangeSet,
    PostRecord,
    RankingState,
    ReaderSignal,
    drain_changes,
    mark_all_changed,
    put_record,
    put_signal,
    restore_changes,
)
from shared.log.crash_points import crash_point
from shared.storage.derived_database import discard_if_damaged, is_damage, is_passing, put_aside, seal_database
from shared.tasks import cancel_and_wait

logger = logging.getLogger(__name__)

# What the fold of rows raises whose values have changed.
UNUSABLE = (TypeError, ValueError, OverflowError, LookupError, AssertionError)

# Raise it when the fold or the tables change their meaning: the state is then read from the log again.
VERSION = 2

TABLES = {
    "post": """post_id TEXT PRIMARY KEY, author_id TEXT, community TEXT, created REAL, root_id TEXT, revision INTEGER,
        published INTEGER, embedded INTEGER, gone INTEGER, prior INTEGER, listed INTEGER""",
    "mark": """user_id TEXT, kind TEXT, post_id TEXT, value INTEGER, weight INTEGER,
        PRIMARY KEY (user_id, kind, post_id)""",
    "erased": "user_id TEXT PRIMARY KEY",
    "reached": "stream TEXT PRIMARY KEY, sequence INTEGER, made TEXT",
}


# Beside the other tables, because it only adds protection: without its rows, old decisions have none.
BY_MODERATORS = "CREATE TABLE IF NOT EXISTS by_moderators (key TEXT PRIMARY KEY) WITHOUT ROWID"


def _select(table: str, fields: tuple[str, ...]) -> str:
    return f"SELECT {', '.join(fields)} FROM {table}"


def _replace(table: str, fields: tuple[str, ...]) -> str:
    return f"REPLACE INTO {table} ({', '.join(fields)}) VALUES ({', '.join(f':{field}' for field in fields)})"


@dataclass(frozen=True, slots=True)
class StreamState:
    """A stream as it is now. `created` tells it from a stream of another installation."""

    created: str
    last_sequence: int


class Checkpoint:
    """The ranking state on disk, written in one transaction with its last applied sequences."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._streams: Mapping[str, StreamState] = {}
        discard_if_damaged(path)
        self._connect()

    def _connect(self) -> None:
        self._store = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None)
        self._store.row_factory = sqlite3.Row
        self._store.execute("PRAGMA journal_mode = WAL")
        # After a power cut, the missing end of the checkpoint is read from the log again.
        self._store.execute("PRAGMA synchronous = NORMAL")
        self._store.execute(BY_MODERATORS)

    def load(self, streams: Mapping[str, StreamState]) -> RankingState:
        """Read the state as last written.

        Without a checkpoint, or with a damaged one or one of another log or version, an empty state is returned and the
        file is reset.
        """
        self._streams = streams
        try:
            if self._matches(streams):
                return self._read()
        except (sqlite3.DatabaseError, *UNUSABLE) as error:  # after a crash, changed bytes show only when they are read
            if isinstance(error, sqlite3.DatabaseError) and is_passing(error):
                raise
            logger.error("the checkpoint is damaged and is built again", extra={"reason": str(error)})
            self.recreate()
        else:
            self._reset(streams)
        return RankingState()

    def recreate(self) -> None:
        """Replace a damaged file by an empty one."""
        self._store.close()
        put_aside(self._path, keep=False)
        self._connect()
        self._reset(self._streams)

    def _read(self) -> RankingState:
        state = RankingState()
        for record in self._store.execute(_select("post", PostRecord._fields)):
            put_record(state, PostRecord(*record))
        for signal in self._store.execute(_select("mark", ReaderSignal._fields)):
            put_signal(state, ReaderSignal(*signal))
        state.erased.update(row["user_id"] for row in self._store.execute("SELECT user_id FROM erased"))
        state.by_moderators.update(row["key"] for row in self._store.execute("SELECT key FROM by_moderators"))
        state.last_applied.update({name: row["sequence"] for name, row in self._stream_rows().items()})
        drain_changes(state)
        return state

    def write(self, changes: ChangeSet) -> None:
        """Write changes and the last applied sequences, all or nothing.

        Raises:
            sqlite3.Error: the disk refused the write; nothing was written.
        """
        with self._transaction() as store:
            posts = [record._asdict() for record in changes.posts]
            store.executemany(_replace("post", PostRecord._fields), posts)
            removed = [signal._asdict() for signal in changes.signals if not signal.value]
            store.executemany(
                "DELETE FROM mark WHERE user_id = :user_id AND kind = :kind AND post_id = :post_id", removed
            )
            current = [signal._asdict() for signal in changes.signals if signal.value]
            store.executemany(_replace("mark", ReaderSignal._fields), current)
            erased = [{"user_id": user_id} for user_id in changes.erased]
            store.executemany("INSERT OR IGNORE INTO erased (user_id) VALUES (:user_id)", erased)
            decided = [{"key": key} for key in changes.by_moderators]
            store.executemany("INSERT OR IGNORE INTO by_moderators (key) VALUES (:key)", decided)
            sequences = [{"stream": stream, "sequence": sequence} for stream, sequence in changes.last_applied.items()]
            store.executemany("UPDATE reached SET sequence = :sequence WHERE stream = :stream", sequences)

    def close(self) -> None:
        """Close the file, and seal it."""
        self._store.close()
        seal_database(self._path)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._store.execute("BEGIN IMMEDIATE")
        try:
            yield self._store
        except BaseException:
            self._store.execute("ROLLBACK")
            raise
        self._store.execute("COMMIT")

    def _stream_rows(self) -> dict[str, sqlite3.Row]:
        return {row["stream"]: row for row in self._store.execute("SELECT stream, sequence, made FROM reached")}

    def _matches(self, streams: Mapping[str, StreamState]) -> bool:
        if self._store.execute("PRAGMA user_version").fetchone()["user_version"] != VERSION:
            return False
        rows = self._stream_rows()
        return all(
            name in rows and rows[name]["made"] == stream.created and rows[name]["sequence"] <= stream.last_sequence
            for name, stream in streams.items()
        )

    def _reset(self, streams: Mapping[str, StreamState]) -> None:
        with self._transaction() as store:
            for table, columns in TABLES.items():
                store.execute(f"DROP TABLE IF EXISTS {table}")
                store.execute(f"CREATE TABLE {table} ({columns}) WITHOUT ROWID")
            store.execute("DELETE FROM by_moderators")
            created = [{"stream": name, "made": stream.created} for name, stream in streams.items()]
            store.executemany("INSERT INTO reached (stream, sequence, made) VALUES (:stream, 0, :made)", created)
            store.execute(f"PRAGMA user_version = {VERSION}")


class CheckpointWriter:
    """Writes the change set in the background every few seconds, and once more at the end."""

    def __init__(self, checkpoint: Checkpoint, state: RankingState, every_s: float) -> None:
        self._checkpoint, self._state, self._every_s = checkpoint, state, every_s
        self._task: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()
        self.failing: str | None = None  # the error of the last write, if it failed

    def start(self) -> None:
        """Start writing in the background."""
        self._task = asyncio.create_task(self._run(), name="write-checkpoints")

    async def close(self) -> None:
        """Write a last time and close the file."""
        await cancel_and_wait(self._task)
        await self.write()
        self._checkpoint.close()

    async def write(self) -> None:
        """Write what changed. After a failed write, the next one includes the same changes."""
        async with self._writing:
            changes = drain_changes(self._state)
            crash_point("before_checkpoint")
            try:
                await asyncio.to_thread(self._checkpoint.write, changes)
                crash_point("after_checkpoint")
                self.failing = None
            except sqlite3.Error as error:
                restore_changes(self._state, changes)
                if is_damage(error):
                    await self._replace_damaged()
                self.failing = f"{type(error).__name__}: {error}"
                logger.exception("the checkpoint was not written")

    async def _replace_damaged(self) -> None:
        """Start an empty checkpoint; the next write contains the whole state."""
        await asyncio.to_thread(self._checkpoint.recreate)
        mark_all_changed(self._state)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            # Shielded: a thread cannot be cancelled, so the last write waits for the lock until this one has ended.
            await asyncio.shield(self.write())
