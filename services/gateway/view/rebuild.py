"""Rebuilds the view into a second file, which replaces the first one when it has caught up."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg

from services.gateway.view.change_notifications import Change
from services.gateway.view.decryption import Keys, keys_for
from services.gateway.view.projector import Projections, Projector
from services.gateway.view.store import LOG, Store
from shared.log.crash_points import crash_point
from shared.log.follower import Follower
from shared.storage.derived_database import remove_database
from shared.storage.seal import remove_seal

InThread = Callable[..., Awaitable[Any]]
# How often a rebuild that runs ahead of the current view checks whether it still does; a fold takes about this long.
LOOK_S = 0.02


class RebuildRefused(Exception):
    """The rebuilt file lacks words that the current one has."""


class Rebuild:
    """A file being filled. It shares the view's thread: its folds take turns with those of the current view."""

    def __init__(self, broker: Client, keys: Keys, projections: Projections, in_thread: InThread) -> None:
        self._keys = keys
        self._projections = projections
        self._in_thread = in_thread
        self.events = Follower(broker, "EVENTS", self._take_events)
        self.signals = Follower(broker, "SIGNALS", self._take_signals)
        self.changes: list[Change] | None = None  # collected only while the switch waits for the last facts
        self._store: Store | None = None

    @property
    def store(self) -> Store:
        """The file being filled."""
        assert self._store, "the rebuild has been started"
        return self._store

    async def start(self, path: Path, log: str) -> None:
        """Continue from the sequences that the file has reached, or from the beginning without a file."""
        self._path = path
        self._store = store = await self._in_thread(_open, path, log)
        self._projector = Projector(store, self._projections)
        self.events.start(after=store.reached("EVENTS"))
        self.signals.start(after=store.reached("SIGNALS"))

    async def close(self) -> Path:
        """Stop and close the file. Returns its path."""
        await asyncio.gather(self.events.close(), self.signals.close())
        if self._store:
            await self._in_thread(self._store.close)
            self._store = None
        return self._path

    async def _take_events(self, messages: Sequence[Msg]) -> None:
        batch = await self._in_thread(self._projector.read_events, messages)
        keys = await keys_for(batch.items, self._keys)
        self._collect(await self._in_thread(self._projector.take_events, batch, keys))

    async def _take_signals(self, messages: Sequence[Msg]) -> None:
        self._collect(await self._in_thread(self._projector.take_signals, messages))

    def _collect(self, changes: Sequence[Change]) -> None:
        if self.changes is not None:
            self.changes += changes


def _open(path: Path, log: str) -> Store:
    store = Store.unless_damaged(path)
    if store.mark(LOG) not in (None, log):
        store.remove()
        store = Store(path)
    store.name_log(log)
    return store


def reached(*stores: Store) -> list[dict[str, int]]:
    """Return the last folded sequence of each stream, for each file."""
    return [{stream: store.reached(stream) for stream in ("EVENTS", "SIGNALS")} for store in stores]


def require_same_words(current: Store, rebuilt: Store) -> None:
    """Compare the facts whose words cannot be read because data keys are lost. Erased words count in neither file.

    Raises:
        RebuildRefused: the rebuilt file lacks words that the current one has.
    """
    if lost := len(rebuilt.locked() - current.locked()):
        raise RebuildRefused(
            f"The rebuilt view lacks the words of {lost} facts, because data keys are lost. "
            "The current view, which has them, stays in use."
        )


def replace_store(old: Store, built: Path, target: Path) -> Store:
    """Close the old store, move the built file to `target`, and open it there.

    The old file's write-ahead log is checkpointed first: after a crash in between, the old view is whole.
    """
    old.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    old.close()
    crash_point("inside_view_switch")
    remove_seal(built)
    remove_seal(target)
    for end in ("-wal", "-shm"):
        target.with_name(target.name + end).unlink(missing_ok=True)
    if built != target:
        built.replace(target)
    if old.path != target:
        remove_database(old.path)
    return Store(target)
