"""The view: SQLite beside the process, fed from the log, read in place."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from nats.aio.client import Client
from nats.aio.msg import Msg

from services.gateway.changes import Change
from services.gateway.view.comments import Comments
from services.gateway.view.newest import Newest, Wanted, read_newest
from services.gateway.view.opening import Keys, keys_for
from services.gateway.view.people import People
from services.gateway.view.posts import Posts
from services.gateway.view.projector import Projector
from services.gateway.view.review import Review
from services.gateway.view.store import Store
from shared.views import Follower

# Only how often the wait for catching up looks up from waiting; nothing depends on it.
CATCH_UP_STEP_S = 60.0

T = TypeVar("T")
Listener = Callable[[Change], None]


class View(Posts, Comments, People, Review):
    """What the gateway knows of the log. Reads are synchronous and quick; one thread of its own writes."""

    def __init__(self, folder: Path, broker: Client, keys: Keys) -> None:
        self._folder = folder
        self._broker = broker
        self._keys = keys
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="view")
        self._listeners: list[Listener] = []
        self._events = Follower(broker, "EVENTS", self._take_events)
        self._signals = Follower(broker, "SIGNALS", self._take_signals)
        self._catching_up: asyncio.Task[None] | None = None
        self._store: Store | None = None
        self._ends_reached = asyncio.Event()

    @property
    def caught_up(self) -> bool:
        """Whether the view has been at the ends that the streams had at the start: ready to be read."""
        return self._ends_reached.is_set()

    @property
    def failing(self) -> str | None:
        """Why the view stands still, if it does."""
        return self._events.failing or self._signals.failing

    async def start(self) -> None:
        """Open the present version's file, anew where it is missing or of another log, and follow from there."""
        stream = self._broker.jetstream()
        info = {name: await stream.stream_info(name) for name in ("EVENTS", "SIGNALS")}
        ends = {name: info[name].state.last_seq for name in info}
        log = str(info["EVENTS"].created)
        self._store = store = await self._in_thread(_open_store, self._folder, log, ends)
        self._projector = Projector(store)
        self.open_reader(store.path)
        self._events.start(after=store.reached("EVENTS"))
        self._signals.start(after=store.reached("SIGNALS"))
        self._catching_up = asyncio.create_task(self._catch_up(store, ends), name="catch-up")

    async def close(self) -> None:
        """Stop following, finish the transaction that runs, close the file."""
        if self._catching_up:
            self._catching_up.cancel()
            await asyncio.gather(self._catching_up, return_exceptions=True)
        await asyncio.gather(self._events.close(), self._signals.close())
        if self._store:
            self.close_reader()
            await self._in_thread(self._store.close)
        self._thread.shutdown()

    async def until_caught_up(self, timeout: float) -> None:
        """Wait until the view holds all that was in the log at the start.

        Raises:
            TimeoutError: `timeout` seconds were not enough.
        """
        async with asyncio.timeout(timeout):
            await self._ends_reached.wait()

    async def wait_for(self, sequence: int, timeout: float) -> bool:
        """Wait until a fact is folded in: read your own writes. False after `timeout` seconds."""
        return await self._events.wait_for(sequence, timeout)

    async def wait_for_signal(self, sequence: int, timeout: float) -> bool:
        """Wait until a vote is folded in. False after `timeout` seconds."""
        return await self._signals.wait_for(sequence, timeout)

    async def newest_posts(self, wanted: Wanted) -> Newest:
        """The newest published posts, read in another thread."""
        assert self._store, "the view has been started"
        return await asyncio.to_thread(read_newest, self._store.path, wanted)

    async def lag(self) -> dict[str, int]:
        """How many sequences the view is behind, by stream."""
        return {"events": await self._events.lag(), "signals": await self._signals.lag()}

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call the listener on the event loop with every change, after it can be read. Returns how to stop.

        Changes begin when the view has caught up: before that, they are history.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def _catch_up(self, store: Store, ends: dict[str, int]) -> None:
        for follower in (self._events, self._signals):
            while not await follower.wait_for(ends[follower.stream], CATCH_UP_STEP_S):
                pass
        await self._in_thread(store.remove_others)
        self._ends_reached.set()

    async def _take_events(self, messages: Sequence[Msg]) -> None:
        batch = await self._in_thread(self._projector.read_events, messages)
        keys = await keys_for(batch.items, self._keys)
        self._tell(await self._in_thread(self._projector.take_events, batch, keys))

    async def _take_signals(self, messages: Sequence[Msg]) -> None:
        self._tell(await self._in_thread(self._projector.take_signals, messages))

    def _tell(self, changes: Sequence[Change]) -> None:
        if not self.caught_up:
            return
        loop = asyncio.get_running_loop()
        for listener in self._listeners:
            for change in changes:
                loop.call_soon(listener, change)  # a listener that fails fails alone

    async def _in_thread(self, work: Callable[..., T], *given: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *given)


def _open_store(folder: Path, log: str, ends: dict[str, int]) -> Store:
    store = Store.in_folder(folder)
    if not store.belongs_to(log, ends):
        store.remove()
        store = Store.in_folder(folder)
    store.name_log(log)
    return store
