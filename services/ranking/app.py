"""Where the real things of ranking are made and joined."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

from faststream import FastStream
from nats.aio.client import Client

from services.ranking.adapters import Stream
from services.ranking.settings import Settings
from services.ranking.stand import Means, Stand, remove_checkpoint
from shared.log.gauges import view_gauge
from shared.log.operator_requests import serve_view_requests
from shared.messaging.broker import connection, make_broker, on_health, on_request
from shared.messaging.requests import Health, RankedFeed, RankFeed
from shared.tasks import cancel_and_wait, failure_reason, start_background
from shared.telemetry.metrics import Gauges, Reading
from shared.telemetry.status_server import serve_status
from shared.telemetry.tracing import Telemetry

STREAMS = ("EVENTS", "SIGNALS")
# Only how often the wait for a board that is built anew looks up from waiting; nothing depends on it.
LOOK_S = 60.0


def create_app(settings: Settings) -> FastStream:
    """The service: two streams in, one question answered."""
    broker, telemetry = make_broker(settings), Telemetry(settings)
    room = Room(settings, telemetry)
    on_request(broker, RankFeed, room.rank_feed, telemetry)
    on_health(broker, settings.service, room.health)

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(telemetry.close)
            client = await connection(broker)
            telemetry.export_to(client)
            await room.open(client, stack)
            yield

    return FastStream(broker, lifespan=lifespan, logger=None)


class Room:
    """What is made once the broker answers. While a board is built anew, the old one answers."""

    def __init__(self, settings: Settings, telemetry: Telemetry) -> None:
        self._settings, self._telemetry = settings, telemetry
        self._file = settings.data_dir / "ranking" / "board.sqlite"
        self._beside = self._file.with_suffix(".new.sqlite")
        self._stand: Stand | None = None
        self._next: Stand | None = None
        self._rebuilding: asyncio.Task[None] | None = None

    async def open(self, client: Client, stack: AsyncExitStack) -> None:
        """Read the checkpoint and follow the streams from there."""
        streams = {name: await _stream(client, name) for name in STREAMS}
        self._means = Means(client, self._settings, self._telemetry, streams)
        remove_checkpoint(self._beside)
        self._stand = Stand(self._means, self._file)
        self._stand.start()
        stack.push_async_callback(self.close)
        gauges = Gauges(self._telemetry.metrics, self.view_lag)
        await stack.enter_async_context(serve_status(self._settings, self.health, gauges))
        await serve_view_requests(client, "ranking", self.look, self.rebuild)

    async def close(self) -> None:
        """Write what is there; what was being built anew is begun again next time."""
        await cancel_and_wait(self._rebuilding)
        if self._stand:
            await self._stand.close()

    async def rank_feed(self, request: RankFeed) -> RankedFeed:
        """A page of a feed, once there is a board."""
        return await self._stand.desk.rank_feed(request) if self._stand else RankedFeed(error="ranking is starting")

    async def health(self) -> Health:
        """How this replica is."""
        return await self._stand.gauge.report() if self._stand else Health(parts={"board": "is being read"})

    async def view_lag(self) -> Iterable[Reading]:
        """How far the board that answers is behind."""
        return await view_gauge(*self._stand.followers)() if self._stand else ()

    async def look(self) -> tuple[str, dict[str, int], str]:
        """For the operator: how the board is, and how far a new one has come."""
        followers = self._stand.followers if self._stand else ()
        lag = {follower.stream: await follower.lag() for follower in followers}
        if not (self._rebuilding and not self._rebuilding.done()):
            return "board", lag, failure_reason(self._rebuilding)
        reached = self._next.followers[0].reached if self._next else 0
        return "board", lag, f"{reached} of {followers[0].reached if followers else 0} facts"

    async def rebuild(self) -> str:
        """Begin to read a board from the log beside the one that answers. Why not, or nothing."""
        if self._stand is None or (self._rebuilding and not self._rebuilding.done()):
            return "it is being built already"
        self._rebuilding = start_background(self._rebuild(self._stand), "rebuild")
        return ""

    async def _rebuild(self, old: Stand) -> None:
        remove_checkpoint(self._beside)
        self._next = new = Stand(self._means, self._beside, old.board.reached["EVENTS"])
        try:
            new.start()
            while not await new.is_level_with(old, LOOK_S):
                continue
            self._stand = new
        finally:
            self._next = None
            await (old if self._stand is new else new).close()
        if self._stand is new:
            await new.move_to(self._file)


async def _stream(client: Client, name: str) -> Stream:
    info = await client.jetstream().stream_info(name)
    return Stream(made=info.created.isoformat() if info.created else "", head=info.state.last_seq)
