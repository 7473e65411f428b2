"""Composition root of ranking: builds the service and wires its parts."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

from faststream import FastStream
from nats.aio.client import Client

from services.ranking.adapters import StreamState
from services.ranking.replica import Dependencies, Replica, remove_checkpoint
from services.ranking.settings import Settings
from shared.log.gauges import view_gauge
from shared.log.operator_requests import serve_view_requests
from shared.messaging.broker import connection, make_broker, on_health, on_request
from shared.messaging.requests import Health, RankedFeed, RankFeed
from shared.tasks import cancel_and_wait, failure_reason, start_background
from shared.telemetry.metrics import Gauges, Reading
from shared.telemetry.status_server import serve_status
from shared.telemetry.tracing import Telemetry

STREAMS = ("EVENTS", "SIGNALS")
# How often the wait for a rebuilt replica checks again; correctness does not depend on it.
CATCH_UP_POLL_S = 60.0


def create_app(settings: Settings) -> FastStream:
    """Create the service: it follows two streams and answers one kind of request."""
    broker, telemetry = make_broker(settings), Telemetry(settings)
    state = AppState(settings, telemetry)
    on_request(broker, RankFeed, state.rank_feed, telemetry)
    on_health(broker, settings.service, state.health)

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(telemetry.close)
            client = await connection(broker)
            telemetry.export_to(client)
            await state.open(client, stack)
            yield

    return FastStream(broker, lifespan=lifespan, logger=None)


class AppState:
    """The replica that answers, and during a rebuild the replica that will replace it."""

    def __init__(self, settings: Settings, telemetry: Telemetry) -> None:
        self._settings, self._telemetry = settings, telemetry
        self._file = settings.data_dir / "ranking" / "board.sqlite"
        self._new_file = self._file.with_suffix(".new.sqlite")
        self._serving: Replica | None = None
        self._building: Replica | None = None
        self._rebuild_task: asyncio.Task[None] | None = None

    async def open(self, client: Client, stack: AsyncExitStack) -> None:
        """Load the checkpoint and follow the streams from there."""
        streams = {name: await _stream_state(client, name) for name in STREAMS}
        self._dependencies = Dependencies(client, self._settings, self._telemetry, streams)
        remove_checkpoint(self._new_file)
        self._serving = Replica(self._dependencies, self._file)
        self._serving.start()
        stack.push_async_callback(self.close)
        gauges = Gauges(self._telemetry.metrics, self.view_lag)
        await stack.enter_async_context(serve_status(self._settings, self.health, gauges))
        await serve_view_requests(client, "ranking", self.view_status, self.rebuild)

    async def close(self) -> None:
        """Write the checkpoint. An unfinished rebuild is dropped."""
        await cancel_and_wait(self._rebuild_task)
        if self._serving:
            await self._serving.close()

    async def rank_feed(self, request: RankFeed) -> RankedFeed:
        """Answer with a page of a feed; with an error until the checkpoint is loaded."""
        if self._serving is None:
            return RankedFeed(error="ranking is starting")
        return await self._serving.queries.rank_feed(request)

    async def health(self) -> Health:
        """Report the health of this process."""
        if self._serving is None:
            return Health(parts={"checkpoint": "loading"})
        return await self._serving.health()

    async def view_lag(self) -> Iterable[Reading]:
        """Measure the lag of the serving replica."""
        return await view_gauge(*self._serving.followers)() if self._serving else ()

    async def view_status(self) -> tuple[str, dict[str, int], str]:
        """Return the view's name, its lag by stream, and the progress of a rebuild, for the operator."""
        followers = self._serving.followers if self._serving else ()
        lag = {follower.stream: await follower.lag() for follower in followers}
        if not (self._rebuild_task and not self._rebuild_task.done()):
            return "state", lag, failure_reason(self._rebuild_task)
        last_applied = self._building.followers[0].last_applied if self._building else 0
        return "state", lag, f"{last_applied} of {followers[0].last_applied if followers else 0} facts"

    async def rebuild(self) -> str:
        """Start building a new state from the log beside the serving one. Returns why not, or an empty string."""
        if self._serving is None or (self._rebuild_task and not self._rebuild_task.done()):
            return "a rebuild is already running"
        self._rebuild_task = start_background(self._rebuild(self._serving), "rebuild")
        return ""

    async def _rebuild(self, old: Replica) -> None:
        remove_checkpoint(self._new_file)
        self._building = new = Replica(self._dependencies, self._new_file, old.state.last_applied["EVENTS"])
        try:
            new.start()
            while not await new.catch_up_with(old, CATCH_UP_POLL_S):
                continue
            self._serving = new
        finally:
            self._building = None
            await (old if self._serving is new else new).close()
        if self._serving is new:
            await new.move_to(self._file)


async def _stream_state(client: Client, name: str) -> StreamState:
    info = await client.jetstream().stream_info(name)
    return StreamState(
        created=info.created.isoformat() if info.created else "",
        last_sequence=info.state.last_seq,
    )
