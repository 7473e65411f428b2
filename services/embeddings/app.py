"""Composition root of embeddings: builds the service and wires its parts."""

import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial

from faststream import FastStream
from nats.aio.client import Client

from services.embeddings.adapters import EdgeIndex
from services.embeddings.adapters.decided_posts import DecidedPosts
from services.embeddings.adapters.hidden_words import HiddenWords
from services.embeddings.adapters.point_layout import LAYOUT
from services.embeddings.adapters.qdrant_edge_shard import delete_other_indexes
from services.embeddings.adapters.text_encoder import BATCH, SentenceEncoder, TextEncoder
from services.embeddings.handlers import Indexer, SignalProjector
from services.embeddings.index_differences import ReadableIndex
from services.embeddings.index_maintenance import IndexMaintenance
from services.embeddings.index_rebuild import IndexRebuild
from services.embeddings.projections import SignalHistory
from services.embeddings.queries import PostQueries
from services.embeddings.reconcile_requests import ReconcileRequests
from services.embeddings.reconciliation import Reconciliation
from services.embeddings.settings import Settings
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
from shared.messaging.progress import Progress
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
from shared.model import pinned_files
from shared.model.encoder import Encoder
from shared.model.inference_cache import InferenceCache
from shared.security.data_keys import DataKeyStore
from shared.security.sealing import derived_key
from shared.telemetry.metrics import Gauges, Metrics
from shared.telemetry.status_server import serve_status
from shared.telemetry.tracing import Telemetry

# The names of all indexes begin like this, those of earlier versions too.
INDEX_FAMILY = "posts-"
# These queries share a pass of the encoder while the index answers others. Over 20,288 posts a search takes half the
# CPU time (5.4 instead of 10.3 ms), and a busy machine answers five times as many a second.
SEARCH_CONCURRENCY = BATCH


class AppState:
    """The dependencies of the handlers; `build_dependencies` sets them when the service starts."""

    indexer: Indexer
    queries: PostQueries
    maintenance: IndexMaintenance
    rebuild: IndexRebuild
    signals: Follower
    encoder: SentenceEncoder
    client: Client
    metrics: Metrics
    reconciliation: Reconciliation
    keys: DataKeyStore

    def __init__(self) -> None:
        self.progress = Progress()

    async def index_post(self, event: Event) -> None:
        """Keep the index equal to the log."""
        await self.rebuild.index_post(event)

    async def search_posts(self, request: SearchPosts) -> PostHits:
        """Answer a hybrid search."""
        return await self.queries.search_posts(request)

    async def related_posts(self, request: RelatedPosts) -> PostHits:
        """Answer with posts similar to one."""
        return await self.queries.related_posts(request)

    async def reader_taste(self, request: ReaderTaste) -> UserEmbeddingMatches:
        """Answer with the matches of a user embedding."""
        return await self.queries.reader_taste(request)

    async def pack_vectors(self, request: PackVectors) -> PackedVectors:
        """Answer with vectors for devices."""
        return await self.queries.pack_vectors(request)

    async def view_status(self) -> tuple[str, dict[str, int], str]:
        """Return the view's name, its lag by stream, and the progress of a rebuild, for the operator."""
        _, lag = await durable_health(self.client, INDEX_POST)
        return "index", {"EVENTS": lag, "SIGNALS": await self.signals.lag()}, self.rebuild.state

    def obstacle(self) -> str:
        """Return why the index cannot be compared with the log now; empty if it can."""
        if self.rebuild.state:
            return f"the index is being rebuilt: {self.rebuild.state}"
        return "" if self.maintenance.state == "ok" else f"the index is not ready: {self.maintenance.state}"

    async def health(self) -> Health:
        """Report ready when the durable exists, the index is built and signals are followed."""
        durable, lag = await durable_health(self.client, INDEX_POST, self.progress)
        parts = {"durable": durable, "index": self.maintenance.state, "signals": self.signals.failing or "ok"}
        ready = all(state == "ok" for state in parts.values())
        if self.reconciliation.last_repairs:
            parts["repairs"] = self.reconciliation.last_repairs  # a note: the index is right again
        parts["keys"] = self.keys.state
        return Health(ready=ready, parts=parts, lag=lag, passes=self.encoder.passes)


def open_index(settings: Settings) -> ReadableIndex:
    """Return the index on the configured Qdrant server, or in a folder if there is none.

    An index of another layout, encoder or master key is of no use and is deleted: it is built from the log again.
    """
    words = HiddenWords(derived_key(settings.master_key.get_secret_value(), b"ottit search words"))
    name = f"{INDEX_FAMILY}{LAYOUT}-{pinned_files.VECTORS}-{words.name}"
    if not settings.qdrant_url:
        delete_other_indexes(folder := settings.index_dir / name, INDEX_FAMILY)
        return EdgeIndex(folder, words)
    delete_other_indexes(settings.index_dir / INDEX_FAMILY, INDEX_FAMILY)  # of a time without a server
    # Imported here to save memory: see services/embeddings/adapters/__init__.py.
    from qdrant_client import AsyncQdrantClient

    from services.embeddings.adapters.qdrant_server_index import ServerIndex

    key = settings.qdrant_api_key.get_secret_value() or None
    with warnings.catch_warnings():
        # It warns of a key without HTTPS. In containers both are alone on a network of their own.
        warnings.filterwarnings("ignore", message="Api key is used with an insecure connection")
        client = AsyncQdrantClient(
            url=settings.qdrant_url, api_key=key, timeout=settings.qdrant_timeout_s, check_compatibility=False
        )
    return ServerIndex(client, name, words, family=INDEX_FAMILY)


def create_app(
    settings: Settings,
    *,
    index: ReadableIndex | None = None,
    encoder: SentenceEncoder | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> FastStream:
    """Create the service; nothing is connected before it starts."""
    broker, telemetry, state = make_broker(settings), Telemetry(settings), AppState()
    on_durable(broker, INDEX_POST, state.index_post, telemetry)
    on_request(broker, SearchPosts, state.search_posts, telemetry, SEARCH_CONCURRENCY)
    on_request(broker, RelatedPosts, state.related_posts, telemetry)
    on_request(broker, ReaderTaste, state.reader_taste, telemetry)
    on_request(broker, PackVectors, state.pack_vectors, telemetry)
    on_health(broker, settings.service, state.health)

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            state.client, state.metrics = await connection(broker), telemetry.metrics
            telemetry.export_to(state.client)
            stack.push_async_callback(telemetry.close)
            await assert_provisioned(state.client, INDEX_POST)
            state.encoder = encoder or Encoder.for_vectors(settings.encoder_threads)
            await build_dependencies(state, settings, index or open_index(settings), clock, stack)
            gauges = Gauges(telemetry.metrics, consumer_gauge(state.client, INDEX_POST), view_gauge(state.signals))
            async with serve_status(settings, state.health, gauges):
                yield

    return FastStream(broker, lifespan=lifespan, logger=None)


async def build_dependencies(
    state: AppState, settings: Settings, index: ReadableIndex, clock: Callable[[], datetime], stack: AsyncExitStack
) -> None:
    """Build what the handlers use; `stack` closes it in reverse order."""
    stack.push_async_callback(index.close)
    texts = TextEncoder(state.encoder)
    stack.push_async_callback(texts.close)
    state.keys = keys = await DataKeyStore.open(state.client, settings.master_key.get_secret_value())
    stack.push_async_callback(keys.close)
    cache, log = await InferenceCache.open(state.client, pinned_files.MODEL_DIGEST), Log(state.client)
    state.indexer = Indexer(index, DecidedPosts(log, keys), cache, texts, log, pinned_files.VECTORS, clock)
    state.reconciliation = Reconciliation(
        state.indexer, index, state.client, state.metrics, every_s=settings.reconcile_every_s
    )
    check = state.reconciliation.check_if_due
    state.maintenance = IndexMaintenance(index, state.client, state.indexer.index_post, check)
    start_maintenance = partial(state.maintenance.start, settings.optimize_from, settings.upkeep_every_s)
    state.rebuild = IndexRebuild(state.indexer, state.client, start_maintenance)
    stack.push_async_callback(state.rebuild.close)
    await serve_view_requests(state.client, settings.service, state.view_status, state.rebuild.rebuild)
    requests = ReconcileRequests(state.reconciliation, state.client, state.obstacle)
    stack.push_async_callback(requests.close)
    await requests.serve(settings.service)
    history = SignalHistory()
    state.queries = PostQueries(index, history, texts, settings.query_encoding_s, clock)
    state.signals = Follower(state.client, "SIGNALS", SignalProjector(history).project_signals)
    state.signals.start(after=0)
    stack.push_async_callback(state.signals.close)
    start_maintenance()
    stack.push_async_callback(state.maintenance.close)
