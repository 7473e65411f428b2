"""Embeddings, put together."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial

from faststream import FastStream
from nats.aio.client import Client

from services.embeddings.adapters import EdgeIndex
from services.embeddings.adapters.encoding import BATCH, Encodes, TextEncoder
from services.embeddings.adapters.judged_posts import JudgedPosts
from services.embeddings.adapters.layout import LAYOUT
from services.embeddings.answers import Desk
from services.embeddings.domain import PostIndex
from services.embeddings.handlers import Indexer
from services.embeddings.projections import Readers
from services.embeddings.readers import ReaderKeeper
from services.embeddings.rebuilding import Rebuilding
from services.embeddings.settings import Settings
from services.embeddings.upkeep import Upkeep
from shared.log.append import Log
from shared.log.events import Event
from shared.log.follower import Follower
from shared.log.gauges import consumer_gauge, view_gauge
from shared.log.operator_requests import serve_view_requests
from shared.log.streams import INDEX_POST
from shared.messaging.broker import (
    assert_provisioned,
    connection,
    durable_health,
    make_broker,
    on_durable,
    on_health,
    on_request,
)
from shared.messaging.requests import (
    Health,
    PackedVectors,
    PackVectors,
    PostHits,
    ReaderTaste,
    RelatedPosts,
    SearchPosts,
    UserEmbeddingMatches,
)
from shared.model import pins
from shared.model.encoder import Encoder
from shared.model.inference_cache import InferenceCache
from shared.security.data_keys import DataKeyStore
from shared.telemetry.metrics import Gauges
from shared.telemetry.status_server import serve_status
from shared.telemetry.tracing import Telemetry

# Vectors of another encoder or layout cannot be compared: they get an index of their own, built beside the old one.
INDEX_NAME = f"posts-{LAYOUT}-{pins.VECTORS}"
# As many queries as share a pass of the encoder, while the index answers others: half the CPU time of one at a time
# (5.4 against 10.3 ms over 20,288 posts), and five times as many a second on a busy machine.
SEARCHES_AT_ONCE = BATCH


class Room:
    """What the handlers work with; furnished when the service starts."""

    indexer: Indexer
    desk: Desk
    upkeep: Upkeep
    rebuilding: Rebuilding
    signals: Follower
    encoder: Encodes
    client: Client

    async def index_post(self, event: Event) -> None:
        """Keep the index equal to the log."""
        await self.rebuilding.index_post(event)

    async def search_posts(self, request: SearchPosts) -> PostHits:
        """Hybrid search."""
        return await self.desk.search_posts(request)

    async def related_posts(self, request: RelatedPosts) -> PostHits:
        """Posts near to one."""
        return await self.desk.related_posts(request)

    async def reader_taste(self, request: ReaderTaste) -> UserEmbeddingMatches:
        """What a reader is likely to like."""
        return await self.desk.reader_taste(request)

    async def pack_vectors(self, request: PackVectors) -> PackedVectors:
        """Vectors for devices."""
        return await self.desk.pack_vectors(request)

    async def look(self) -> tuple[str, dict[str, int], str]:
        """For the operator: how far the index is behind, and how far a new one has come."""
        _, lag = await durable_health(self.client, INDEX_POST)
        return "index", {"EVENTS": lag, "SIGNALS": await self.signals.lag()}, self.rebuilding.state

    async def health(self) -> Health:
        """Ready when the durable is there, the index is built and the signals flow."""
        durable, lag = await durable_health(self.client, INDEX_POST)
        parts = {"durable": durable, "index": self.upkeep.state, "signals": self.signals.failing or "ok"}
        ready = all(state == "ok" for state in parts.values())
        return Health(ready=ready, parts=parts, lag=lag, passes=self.encoder.passes)


def open_index(settings: Settings) -> PostIndex:
    """The index's home: a server where one is named, else a folder."""
    if not settings.qdrant_url:
        return EdgeIndex(settings.index_dir / INDEX_NAME)
    # Imported here: see services/embeddings/adapters/__init__.py.
    from qdrant_client import AsyncQdrantClient

    from services.embeddings.adapters.server import ServerIndex

    key = settings.qdrant_api_key.get_secret_value() or None
    client = AsyncQdrantClient(
        url=settings.qdrant_url, api_key=key, timeout=settings.qdrant_timeout_s, check_compatibility=False
    )
    return ServerIndex(client, INDEX_NAME)


def create_app(
    settings: Settings,
    *,
    index: PostIndex | None = None,
    encoder: Encodes | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> FastStream:
    """The service; nothing is connected before it starts."""
    broker, telemetry, room = make_broker(settings), Telemetry(settings), Room()
    on_durable(broker, INDEX_POST, room.index_post, telemetry)
    on_request(broker, SearchPosts, room.search_posts, telemetry, SEARCHES_AT_ONCE)
    on_request(broker, RelatedPosts, room.related_posts, telemetry)
    on_request(broker, ReaderTaste, room.reader_taste, telemetry)
    on_request(broker, PackVectors, room.pack_vectors, telemetry)
    on_health(broker, settings.service, room.health)

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async with AsyncExitStack() as at_end:
            room.client = await connection(broker)
            telemetry.export_to(room.client)
            at_end.push_async_callback(telemetry.close)
            await assert_provisioned(room.client, INDEX_POST)
            room.encoder = encoder or Encoder.for_vectors(settings.encoder_threads)
            await build_dependencies(room, settings, index or open_index(settings), clock, at_end)
            gauges = Gauges(telemetry.metrics, consumer_gauge(room.client, INDEX_POST), view_gauge(room.signals))
            async with serve_status(settings, room.health, gauges):
                yield

    return FastStream(broker, lifespan=lifespan, logger=None)


async def build_dependencies(
    room: Room, settings: Settings, index: PostIndex, clock: Callable[[], datetime], at_end: AsyncExitStack
) -> None:
    """Make what the handlers need; `at_end` closes it in reverse order."""
    at_end.push_async_callback(index.close)
    texts = TextEncoder(room.encoder)
    at_end.push_async_callback(texts.close)
    keys = await DataKeyStore.open(room.client, settings.master_key.get_secret_value())
    at_end.push_async_callback(keys.close)
    cache, log = await InferenceCache.open(room.client, pins.MODEL_DIGEST), Log(room.client)
    room.indexer = Indexer(index, JudgedPosts(log, keys), cache, texts, log, pins.VECTORS, clock)
    room.upkeep = Upkeep(index, room.client, room.indexer.index_post)
    look_after = partial(room.upkeep.start, settings.optimize_from, settings.upkeep_every_s)
    room.rebuilding = Rebuilding(room.indexer, room.client, look_after)
    at_end.push_async_callback(room.rebuilding.close)
    await serve_view_requests(room.client, settings.service, room.look, room.rebuilding.rebuild)
    readers = Readers()
    room.desk = Desk(index, readers, texts, settings.query_encoding_s, clock)
    room.signals = Follower(room.client, "SIGNALS", ReaderKeeper(readers).keep_signals)
    room.signals.start(after=0)
    at_end.push_async_callback(room.signals.close)
    look_after()
    at_end.push_async_callback(room.upkeep.close)
