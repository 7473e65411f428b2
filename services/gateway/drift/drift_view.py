"""The drift view: fed from previews and decisions, read by moderators. No decision depends on it."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import time
from typing import TypeVar

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as BrokerError

from services.gateway.drift import queries
from services.gateway.drift.disclosure import KnownOrigins
from services.gateway.drift.row_writer import write_decision, write_record
from services.gateway.drift.schemas import Drift, DriftBy, DriftWindow, Worth
from services.gateway.drift.store import MODE, DriftStore
from services.gateway.previews.schemas import PreviewMode
from services.gateway.view.projector import Message
from shared.log.events import DecodeError, PostDecided, decode
from shared.log.follower import Follower
from shared.log.preview_records import decode_preview
from shared.storage.derived_database import is_damage
from shared.tasks import WatchedExecutor, cancel_and_wait, start_background
from shared.telemetry.metrics import DRIFT, Reading

PREVIEWS, EVENTS = "PREVIEWS", "EVENTS"
T = TypeVar("T")


class DriftView:
    """A separate file with a separate thread, so that it never slows down the view that users read."""

    def __init__(
        self,
        folder: Path,
        broker: Client,
        mode: PreviewMode,
        *,
        recent_models: Callable[[], Awaitable[Mapping[str, str]]],
        fewest_people: int,
    ) -> None:
        """`recent_models`: returns the digests of the policies that were active lately, and the model of each."""
        self._folder = folder
        self._broker = broker
        self._mode = mode
        self._fewest_people = fewest_people
        self._recent_models = recent_models
        self._known = KnownOrigins()
        self._thread = WatchedExecutor(1, name="drift")
        self._previews = Follower(broker, PREVIEWS, self._take_records)
        self._decisions = Follower(broker, EVENTS, self._take_decisions, PostDecided.subject("*"))
        self._store: DriftStore | None = None
        self._recovery: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the file and follow the streams from it; start over if a stream was recreated."""
        await self._open()

    async def _open(self) -> None:
        stream = self._broker.jetstream()
        infos = {name: await stream.stream_info(name) for name in (PREVIEWS, EVENTS)}
        ends = {name: (str(info.created), info.state.last_seq) for name, info in infos.items()}
        self._store = store = await self._in_thread(DriftStore.in_folder, self._folder)
        await self._in_thread(store.reset_if_recreated, ends)
        await self._in_thread(store.prune, time())  # on a quiet site too few rows arrive to make it due
        await self._in_thread(store.set_mark, MODE, self._mode)
        self._previews.start(after=store.reached(PREVIEWS))
        self._decisions.start(after=store.reached(EVENTS))

    async def close(self) -> None:
        """Stop following and close the file."""
        await cancel_and_wait(self._recovery)
        await asyncio.gather(self._previews.close(), self._decisions.close())
        if self._store:
            await self._in_thread(self._store.close)
        self._thread.shutdown()

    async def drift(self, window: DriftWindow, by: DriftBy) -> Drift:
        """Compare previews with decisions in the window that ends now."""
        # Without the broker, the policies that were known before count.
        with suppress(BrokerError, TimeoutError, ConnectionError):
            self._known = KnownOrigins.of(await self._recent_models())
        compare = partial(queries.drift, known=self._known, fewest=self._fewest_people)
        return await self._in_thread(compare, self._opened, window, by, datetime.now(UTC))

    async def worth(self, window: DriftWindow) -> Worth:
        """Compare users with and without previews in the window that ends now."""
        return await self._in_thread(queries.worth, self._opened, window, datetime.now(UTC))

    async def gauge_readings(self) -> list[Reading]:
        """Return the shares of the last day as gauge readings."""
        day = await self.drift("day", "tier")
        shares = {
            "agreement": day.total.agreement,
            "false_reassurance": day.total.false_reassurance,
            "false_alarm": day.total.false_alarm,
            "without_preview": day.without_preview,
        }
        return [(DRIFT, found.share, {"measure": name}) for name, found in shares.items() if found.share is not None]

    @property
    def followers(self) -> tuple[Follower, Follower]:
        """The followers of previews and of decisions."""
        return self._previews, self._decisions

    async def wait_for(self, preview: int, decision: int, timeout: float) -> bool:
        """Wait until a record and a fact are folded. False after `timeout` seconds."""
        waits = (self._previews.wait_for(preview, timeout), self._decisions.wait_for(decision, timeout))
        return all(await asyncio.gather(*waits))

    @property
    def _opened(self) -> DriftStore:
        if self._store is None:
            raise RuntimeError("the drift view has not been started")
        return self._store

    async def _take_records(self, messages: Sequence[Msg]) -> None:
        await self._in_thread(fold_records, self._opened, messages, time())

    async def _take_decisions(self, messages: Sequence[Msg]) -> None:
        await self._in_thread(fold_decisions, self._opened, messages, time())

    async def _recover(self, store: DriftStore) -> None:
        """Keep the damaged file beside a new one, and fold the streams again."""
        await asyncio.gather(self._previews.close(), self._decisions.close())
        await self._in_thread(store.discard)
        await self._open()

    async def _in_thread(self, work: Callable[..., T], *given: object) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, *given)
        except sqlite3.DatabaseError as error:
            if is_damage(error) and self._store and (self._recovery is None or self._recovery.done()):
                self._recovery = start_background(self._recover(self._store), "recover the drift view")
            raise


def fold_records(store: DriftStore, messages: Sequence[Message], now: float) -> None:
    """Fold a batch of `PREVIEWS`, without records that cannot be decoded. `now`: Unix seconds."""
    with store.transaction(PREVIEWS, messages[-1].metadata.sequence.stream):
        for message in messages:
            with suppress(DecodeError):
                write_record(store, decode_preview(message.data))
    store.prune_if_due(now)


def fold_decisions(store: DriftStore, messages: Sequence[Message], now: float) -> None:
    """Fold a batch of decisions. `now`: Unix seconds."""
    with store.transaction(EVENTS, messages[-1].metadata.sequence.stream):
        for message in messages:
            with suppress(DecodeError):
                write_decision(store, decode(message.data, message.metadata.sequence.stream, message.subject))
    store.prune_if_due(now)
