"""Moderation's app: connects durables and requests to handlers. The decision itself is `decide` in `domain.py`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from faststream import FastStream
from nats.aio.client import Client

from services.moderation.audit_checkpoint_publisher import AuditCheckpointPublisher
from services.moderation.engines.daily_budget import Budget, SpendingCounters
from services.moderation.engines.local_engine import LocalEngine
from services.moderation.engines.openai_engine import OpenAIEngine
from services.moderation.engines.provider_client import ProviderClient
from services.moderation.engines.provider_config import ProviderConfig
from services.moderation.engines.routed_engine import RoutedEngine
from services.moderation.engines.score_cache import ScoreCache
from services.moderation.guideline_reader import GuidelineReader
from services.moderation.handlers import Dependencies, Handlers
from services.moderation.policy_follower import PolicyFollower
from services.moderation.provider_trial import serve_provider_trials
from services.moderation.settings import Settings
from services.moderation.spam_history import SpamHistory
from services.moderation.undecided_posts import UndecidedPosts
from shared.audit.checkpoints import auditor_keys
from shared.log.append import Log
from shared.log.gauges import consumer_gauge, dead_letter_gauge
from shared.log.handler_runner import HandlerRunner
from shared.log.integrity import LogIntegrity
from shared.log.streams import DECIDE_POST
from shared.messaging.broker import assert_provisioned, connection, make_broker, on_durable, on_health, on_request
from shared.messaging.requests import CheckDraft, ResolveCase
from shared.model.inference_cache import InferenceBucket, InferenceCache
from shared.model.local_model import LocalModel, Model
from shared.model.micro_batcher import MicroBatcher
from shared.policy import Policy
from shared.policy.bundle_store import BundleStore
from shared.policy.signing import SigningKey, TrustedKeys
from shared.security.data_keys import DataKeyStore
from shared.tasks import cancel_and_wait
from shared.telemetry.metrics import Gauges
from shared.telemetry.status_server import serve_status
from shared.telemetry.tracing import Telemetry

# Dry runs that wait for a provider must not queue behind each other; the engines limit themselves.
DRAFT_CONCURRENCY = 32
# On a first start the launcher activates the policy while this service loads its model.
FIRST_POLICY_S = 10.0


def create_app(settings: Settings, *, model: Model | None = None, policy: Policy | None = None) -> FastStream:
    """Return the service. Nothing is loaded or connected before it starts.

    Tests pass a `model` instead of the local one, and a `policy` instead of the one that the log activates.
    """
    broker = make_broker(settings)
    telemetry = Telemetry(settings)
    handlers = Handlers(policy)

    on_durable(broker, DECIDE_POST, handlers.decide_post, telemetry)
    on_request(broker, CheckDraft, handlers.check_draft, telemetry, concurrency=DRAFT_CONCURRENCY)
    on_request(broker, ResolveCase, handlers.resolve_case, telemetry)
    on_health(broker, settings.service, handlers.health)

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        local_model = model or LocalModel.load(settings.encoder_threads)
        client = await connection(broker)
        telemetry.export_to(client)
        await assert_provisioned(client, DECIDE_POST)
        keys = await DataKeyStore.open(client, settings.master_key.get_secret_value())
        cache = await InferenceCache.open(client, local_model.digest)
        async with (
            MicroBatcher(local_model) as batcher,
            open_provider(settings.provider, client, telemetry) as provider,
        ):
            engine = RoutedEngine(LocalEngine(batcher, cache, local_model.digest), provider)
            log = Log(client)
            spam = SpamHistory(client, log, keys)
            handlers.dependencies = Dependencies(client, engine, log, keys, local_model, telemetry.metrics, spam=spam)
            gauges = Gauges(telemetry.metrics, consumer_gauge(client, DECIDE_POST), dead_letter_gauge(client))
            await serve_provider_trials(client, lambda: _try_provider(engine, handlers.policies.policy))
            status = serve_status(settings, handlers.health, gauges)
            follower = following_policy(settings, client, handlers.policies)
            runner = HandlerRunner(DECIDE_POST, handlers.decide_post, client.jetstream(), telemetry)
            handlers.undecided = UndecidedPosts(client, log, runner.redeliver, telemetry.metrics)
            handlers.undecided.start()
            async with spam, follower, auditing(settings, client, handlers, log.integrity), status:
                yield
            await handlers.undecided.close()
        await keys.close()
        await telemetry.close()

    async def publish_last_checkpoint() -> None:
        # On shutdown, because the connection closes before the lifespan ends.
        if handlers.auditor:
            await handlers.auditor.close()

    return FastStream(broker, lifespan=lifespan, on_shutdown=[publish_last_checkpoint], logger=None)


async def _try_provider(engine: RoutedEngine, policy: Policy | None) -> str:
    return await engine.try_provider(policy) if policy else "moderation has no policy yet: see `ottit status`"


@asynccontextmanager
async def following_policy(settings: Settings, client: Client, policies: PolicyFollower) -> AsyncIterator[None]:
    """Follow the active policy; wait a moment for the first one before texts are handled."""
    if policies.policy is not None:  # passed in by a test
        yield
        return
    task = asyncio.create_task(
        policies.follow(Log(client), await BundleStore.open(client), TrustedKeys.parse(settings.policy_keys))
    )
    try:
        await policies.wait_until_loaded(FIRST_POLICY_S)
        yield
    finally:
        await cancel_and_wait(task)


@asynccontextmanager
async def auditing(
    settings: Settings, client: Client, handlers: Handlers, integrity: LogIntegrity
) -> AsyncIterator[None]:
    """Sign checkpoints of the log, if there is a key for it."""
    seed = settings.audit_key.get_secret_value()
    if not seed:
        yield
        return
    trusted_keys = auditor_keys(settings.audit_keys) if settings.audit_keys else None
    key = SigningKey(bytes.fromhex(seed))
    auditor = AuditCheckpointPublisher(
        client, key, settings.audit_every_s, trusted_keys=trusted_keys, integrity=integrity
    )
    handlers.auditor = auditor
    await auditor.start()
    try:
        yield
    finally:
        await auditor.close()


@asynccontextmanager
async def open_provider(
    config: ProviderConfig | None, client: Client, telemetry: Telemetry
) -> AsyncIterator[OpenAIEngine | None]:
    """Yield the engine of the configured provider, or None. Its SDK is loaded when a text first needs it."""
    if config is None:
        yield None
        return
    budget = Budget(SpendingCounters(client), config.daily_usd, config.person_daily_texts, telemetry.metrics)
    cache, guidelines = ScoreCache(await InferenceBucket.open(client)), GuidelineReader(Log(client))
    engine = OpenAIEngine(config, ProviderClient(config, telemetry), budget, cache, guidelines)
    try:
        yield engine
    finally:
        await engine.close()
