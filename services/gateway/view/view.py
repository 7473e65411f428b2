"""The view: an SQLite file beside the process, fed from the log and read in place."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from nats.aio.client import Client
from nats.aio.msg import Msg

from services.gateway.view.change_notifications import Change, Counts
from services.gateway.view.decryption import Keys, keys_for
from services.gateway.view.listeners import Listener, call_soon
from services.gateway.view.projector import Projections, Projector
from services.gateway.view.read_connection import ReadConnection
from services.gateway.view.rebuild import LOOK_S, Rebuild, RebuildRefused, reached, replace_store, require_same_words
from services.gateway.view.store import Store, open_store, try_to_scrub
from shared.log.follower import Follower
from shared.log.integrity import LogIntegrity
from shared.log.losses import as_ranges, content_of
from shared.storage.derived_database import end_if_damaged, remove_database
from shared.tasks import WatchedExecutor, cancel_and_wait, failure_reason, start_background

# Bounds each single wait while the view catches up; the wait is repeated.
CATCH_UP_STEP_S = 60.0
# How long a write waits for this replica's view, so that the next read finds it.
SEE_OWN_WRITE_S = 2.0

T = TypeVar("T")


class View:
    """Follows the log. Features read `connection`, synchronously and quickly; one thread of the view's own writes."""

    def __init__(
        self,
        folder: Path,
        broker: Client,
        keys: Keys,
        projections: Projections,
        integrity: LogIntegrity,
        *,
        scrub_within_s: float = 600.0,
    ) -> None:
        """`scrub_within_s`: how soon the former words of edited and withdrawn posts leave the file."""
        self.connection = ReadConnection()
        self._folder = folder
        self._broker = broker
        self._keys = keys
        self._projections = projections
        self._integrity = integrity
        self._thread = WatchedExecutor(1, name="view")
        self._listeners: list[Listener] = []
        self._events = Follower(broker, "EVENTS", self._take_events)
        self._signals = Follower(broker, "SIGNALS", self._take_signals, on_cut=self._repeat_signals)
        self._catching_up: asyncio.Task[None] | None = None
        self._scrub_within_s = scrub_within_s
        self._scrubbing: asyncio.Task[None] | None = None
        self._store: Store | None = None
        self._ends_reached = asyncio.Event()
        self._rebuild: Rebuild | None = None
        self._rebuilding: asyncio.Task[None] | None = None
        self.refused = ""  # why the last rebuild did not replace the current file
        self._folding = asyncio.Lock()  # held while a batch is folded and while another file replaces the view's

    @property
    def caught_up(self) -> bool:
        """True once the view has reached the ends that the streams had at the start: it can be read."""
        return self._ends_reached.is_set()

    @property
    def failing(self) -> str | None:
        """The error that stops the view, if any."""
        return self._events.failing or self._signals.failing

    @property
    def path(self) -> Path:
        """The current file."""
        return self._opened.path

    @property
    def _opened(self) -> Store:
        assert self._store, "the view has been started"
        return self._store

    async def start(self) -> None:
        """Open the file of the current version, or a new one if it is missing or of another log, and follow from it."""
        stream = self._broker.jetstream()
        info = {name: await stream.stream_info(name) for name in ("EVENTS", "SIGNALS")}
        ends = {name: info[name].state.last_seq for name in info}
        self._log = log = content_of(str(info["EVENTS"].created), {"metadata": info["EVENTS"].config.metadata})
        self._store = store = await self._in_thread(open_store, self._folder, log, ends)
        if (folded := store.reached("EVENTS")) > ends["EVENTS"]:
            lost = as_ranges(range(ends["EVENTS"] + 1, folded + 1))
            await self._integrity.report("gateway", f"The log is damaged: {lost} missing at its end.")
        self._projector = Projector(store, self._projections)
        self.connection.open(store.path)
        self._events.start(after=store.reached("EVENTS"))
        self._signals.start(after=store.reached("SIGNALS"))
        self._catching_up = asyncio.create_task(self._catch_up(store, ends), name="catch-up")
        self._scrubbing = start_background(self._scrub(), "scrub")
        if store.path != Store.place(self._folder):
            self._rebuilding = start_background(self._build(Store.place(self._folder)), "upgrade")

    def rebuild(self) -> str:
        """Start to fold the log into a new file, which replaces this one at its end. Returns why not, or nothing."""
        if not self.caught_up:
            return "it is being built already"
        if self._rebuilding and not self._rebuilding.done():
            return "a rebuild is under way already"
        beside = Store.place(self._folder).with_suffix(".new.sqlite")
        remove_database(beside)
        self._rebuilding = start_background(self._build(beside), "rebuild")
        return ""

    @property
    def building(self) -> str:
        """The progress of a rebuild; empty without one."""
        if self._rebuilding is None or self._rebuilding.done():
            return failure_reason(self._rebuilding)
        if self._rebuild is None:
            return "beginning"
        return f"{self._rebuild.events.last_applied} of {self._events.last_applied} facts"

    async def locked(self) -> int:
        """Return how many facts have lost their words in the view because data keys are lost."""
        async with self._folding:
            return len(await self._in_thread(self._opened.locked))

    async def close(self) -> None:
        """Stop following, finish the running transaction, and close the file."""
        await cancel_and_wait(self._catching_up, self._rebuilding, self._scrubbing)
        await asyncio.gather(self._events.close(), self._signals.close())
        if self._store:
            self.connection.close()
            await self._in_thread(self._store.close)
        self._thread.shutdown()

    async def until_caught_up(self, timeout: float) -> None:
        """Wait until the view holds everything that was in the log at the start.

        Raises:
            TimeoutError: after `timeout` seconds.
        """
        async with asyncio.timeout(timeout):
            await self._ends_reached.wait()

    async def wait_for(self, sequence: int, timeout: float) -> bool:
        """Wait until a fact is folded: read your own writes. False after `timeout` seconds."""
        return await self._events.wait_for(sequence, timeout)

    async def wait_for_signal(self, sequence: int, timeout: float) -> bool:
        """Wait until a vote is folded. False after `timeout` seconds."""
        return await self._signals.wait_for(sequence, timeout)

    async def lag(self) -> dict[str, int]:
        """Return the number of sequences that the view is behind, by stream."""
        return {"events": await self._events.lag(), "signals": await self._signals.lag()}

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call the listener on the event loop with every change, once it can be read. Returns an unsubscribe function.

        Changes start when the view has caught up: earlier ones are history.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def _catch_up(self, store: Store, ends: dict[str, int]) -> None:
        for follower in (self._events, self._signals):
            while not await follower.wait_for(ends[follower.stream], CATCH_UP_STEP_S):
                pass
        if store.path == Store.place(self._folder):
            await self._in_thread(store.remove_others)
        self._ends_reached.set()

    async def _scrub(self) -> None:
        while True:
            await asyncio.sleep(self._scrub_within_s / 2)
            async with self._folding:
                await self._in_thread(try_to_scrub, self._opened)

    async def _build(self, beside: Path) -> None:
        self._rebuild = rebuild = Rebuild(self._broker, self._keys, self._projections, self._in_thread)
        self.refused = ""
        try:
            await rebuild.start(beside, self._log)
            await self._ends_reached.wait()
            while not await self._switched(rebuild):
                continue
        except RebuildRefused as refusal:
            self.refused = str(refusal)
            remove_database(await rebuild.close())  # the next rebuild opens everything again
            raise
        finally:
            self._rebuild = None
            await rebuild.close()

    async def _switched(self, rebuild: Rebuild) -> bool:
        """Switch files at the same fact. False if the new file is not there yet or has run ahead."""
        await asyncio.sleep(LOOK_S)
        for ours, theirs in ((self._events, rebuild.events), (self._signals, rebuild.signals)):
            await theirs.wait_for(ours.last_applied, CATCH_UP_STEP_S)
        async with self._folding:
            rebuild.changes = []  # before the next line: what is folded after it is not announced otherwise
            # Read from the files: a follower records its progress a moment after the fold was committed and announced.
            announced, folded = await self._in_thread(reached, self._opened, rebuild.store)
            if any(folded[stream] > announced[stream] for stream in announced):
                return False
            await self._in_thread(require_same_words, self._opened, rebuild.store)
            for theirs in (rebuild.events, rebuild.signals):
                if not await theirs.wait_for(announced[theirs.stream], CATCH_UP_STEP_S):
                    return False
            path = await rebuild.close()
            self._store = await self._in_thread(replace_store, self._opened, path, Store.place(self._folder))
            await self._in_thread(self._store.remove_others)
            self._projector = Projector(self._store, self._projections)
            self.connection.close()
            self.connection.open(self._store.path)
        # Counts are absolute, so repeating them is harmless; the other changes are events.
        self._announce(
            [one for one in rebuild.changes if isinstance(one, Counts) or one.sequence > announced["EVENTS"]]
        )
        return True

    async def _take_events(self, messages: Sequence[Msg]) -> None:
        async with self._folding:
            batch = await self._in_thread(self._projector.read_events, messages)
            keys = await keys_for(batch.items, self._keys)
            self._announce(await self._in_thread(self._projector.take_events, batch, keys))
        self._integrity.note(batch.last)

    async def _take_signals(self, messages: Sequence[Msg]) -> None:
        async with self._folding:
            self._announce(await self._in_thread(self._projector.take_signals, messages))

    async def _repeat_signals(self) -> None:
        await self._in_thread(self._opened.begin_again, "SIGNALS")

    def _announce(self, changes: Sequence[Change]) -> None:
        if self.caught_up:
            call_soon(self._listeners, changes)

    async def _in_thread(self, work: Callable[..., T], *given: object) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, *given)
        except sqlite3.DatabaseError as error:
            if self._store:
                end_if_damaged(self._store.path, error)
            raise
