"""The view: SQLite beside the process, fed from the log, read in place."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from nats.aio.client import Client
from nats.aio.msg import Msg

from services.gateway.accounts.queries import People
from services.gateway.device.queries import Newest, Wanted, read_newest
from services.gateway.posts.comment_queries import Comments
from services.gateway.posts.queries import Posts
from services.gateway.review.queries import Review
from services.gateway.stream.changes import Change, Counts
from services.gateway.view.decryption import Keys, keys_for
from services.gateway.view.projector import Projector
from services.gateway.view.rebuild import LOOK_S, Building, take_place
from services.gateway.view.store import Store, open_store, remove_view
from shared.log.follower import Follower
from shared.tasks import cancel_and_wait, failure_reason, start_background

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
        self._building: Building | None = None
        self._rebuilding: asyncio.Task[None] | None = None
        self._folding = asyncio.Lock()  # held while a batch is folded, and while another file takes the view's place

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
        self._log = log = str(info["EVENTS"].created)
        self._store = store = await self._in_thread(open_store, self._folder, log, ends)
        self._projector = Projector(store)
        self.open_reader(store.path)
        self._events.start(after=store.reached("EVENTS"))
        self._signals.start(after=store.reached("SIGNALS"))
        self._catching_up = asyncio.create_task(self._catch_up(store, ends), name="catch-up")
        if store.path != Store.place(self._folder):
            self._rebuilding = start_background(self._rebuild(Store.place(self._folder)), "upgrade")

    def rebuild(self) -> str:
        """Begin to fold the log into a new file, which is read from when it has caught up. Why not, or nothing."""
        if not self.caught_up:
            return "it is being built already"
        if self._rebuilding and not self._rebuilding.done():
            return "a rebuild is under way already"
        target = Store.place(self._folder)
        beside = target.with_suffix(".new.sqlite")
        remove_view(beside)
        self._rebuilding = start_background(self._rebuild(beside), "rebuild")
        return ""

    @property
    def building(self) -> str:
        """How far a rebuild has come; empty where there is none."""
        if self._rebuilding is None or self._rebuilding.done():
            return failure_reason(self._rebuilding)
        if self._building is None:
            return "beginning"
        return f"{self._building.events.reached} of {self._events.reached} facts"

    async def close(self) -> None:
        """Stop following, finish the transaction that runs, close the file."""
        await cancel_and_wait(self._catching_up, self._rebuilding)
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
        if store.path == Store.place(self._folder):
            await self._in_thread(store.remove_others)
        self._ends_reached.set()

    async def _rebuild(self, beside: Path) -> None:
        self._building = building = Building(self._broker, self._keys, self._in_thread)
        try:
            await building.start(beside, self._log)
            await self._ends_reached.wait()
            while not await self._switched(building):
                continue
        finally:
            self._building = None
            await building.close()

    async def _switched(self, building: Building) -> bool:
        """Change files at one and the same fact, unless the new view is not there yet or has run ahead."""
        await asyncio.sleep(LOOK_S)
        for ours, theirs in ((self._events, building.events), (self._signals, building.signals)):
            await theirs.wait_for(ours.reached, CATCH_UP_STEP_S)
        async with self._folding:
            assert self._store, "the view has been started"
            # From the files: a follower notes what it has handed over a moment after that was folded in and told.
            told, folded = await self._in_thread(_reached, self._store, building.store)
            if any(folded[stream] > told[stream] for stream in told):
                return False
            building.changes = []
            for theirs in (building.events, building.signals):
                if not await theirs.wait_for(told[theirs.stream], CATCH_UP_STEP_S):
                    return False
            path = await building.close()
            self._store = await self._in_thread(take_place, self._store, path, Store.place(self._folder))
            self._projector = Projector(self._store)
            self.close_reader()
            self.open_reader(self._store.path)
        # Counts say how it is, so twice is no harm; the others say what happened.
        self._tell([one for one in building.changes if isinstance(one, Counts) or one.sequence > told["EVENTS"]])
        return True

    async def _take_events(self, messages: Sequence[Msg]) -> None:
        async with self._folding:
            batch = await self._in_thread(self._projector.read_events, messages)
            keys = await keys_for(batch.items, self._keys)
            self._tell(await self._in_thread(self._projector.take_events, batch, keys))

    async def _take_signals(self, messages: Sequence[Msg]) -> None:
        async with self._folding:
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


def _reached(*stores: Store) -> list[dict[str, int]]:
    return [{stream: store.reached(stream) for stream in ("EVENTS", "SIGNALS")} for store in stores]
