"""Where the real things of ranking are made and joined."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from faststream import FastStream
from nats.aio.client import Client

from services.ranking.adapters import BrokerTastes, Checkpoint, CheckpointWriter, Stream
from services.ranking.feeds import Feeds
from services.ranking.handlers import BoardKeeper, FeedDesk
from services.ranking.health import Gauge
from services.ranking.readers import Readers
from services.ranking.settings import Settings
from shared.broker import connection, make_broker, on_health, on_request
from shared.gauges import Gauges, of_views
from shared.requests import Health, RankedFeed, RankFeed
from shared.status import status_served
from shared.telemetry import Telemetry
from shared.views import Follower

STREAMS = ("EVENTS", "SIGNALS")


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
    """What is made once the broker answers."""

    def __init__(self, settings: Settings, telemetry: Telemetry) -> None:
        self._settings, self._telemetry = settings, telemetry
        self._desk: FeedDesk | None = None
        self._gauge: Gauge | None = None

    async def open(self, client: Client, stack: AsyncExitStack) -> None:
        """Read the checkpoint and follow the streams from there."""
        streams = {name: await _stream(client, name) for name in STREAMS}
        checkpoint = Checkpoint(self._settings.data_dir / "ranking" / "board.sqlite")
        board = checkpoint.load(streams)
        keeper = BoardKeeper(board, self._telemetry, seen_before=board.reached["EVENTS"] or streams["EVENTS"].head)
        writer = CheckpointWriter(checkpoint, board, self._settings.checkpoint_every_s)
        writer.start()
        stack.push_async_callback(writer.close)
        followers = (
            Follower(client, "EVENTS", keeper.order_posts),
            Follower(client, "SIGNALS", keeper.count_signals),
        )
        for follower in followers:
            follower.start(after=board.reached[follower.stream])
            stack.push_async_callback(follower.close)
        gauges = Gauges(self._telemetry.metrics, of_views(*followers))
        await stack.enter_async_context(status_served(self._settings, self.health, gauges))
        feeds = Feeds(board)
        readers = Readers(board, feeds, BrokerTastes(client, self._settings.taste_timeout_s), self._settings)
        self._desk = FeedDesk(board, feeds, readers, time.time)
        self._gauge = Gauge(followers, writer)

    async def rank_feed(self, request: RankFeed) -> RankedFeed:
        """A page of a feed, once there is a board."""
        return await self._desk.rank_feed(request) if self._desk else RankedFeed(error="ranking is starting")

    async def health(self) -> Health:
        """How this replica is."""
        return await self._gauge.report() if self._gauge else Health(parts={"board": "is being read"})


async def _stream(client: Client, name: str) -> Stream:
    info = await client.jetstream().stream_info(name)
    return Stream(made=info.created.isoformat() if info.created else "", head=info.state.last_seq)
