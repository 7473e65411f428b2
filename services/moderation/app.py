"""Moderation, put together: from a submission to the line that decides (`domain.py`, `decide`)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from faststream import FastStream
from nats.aio.client import Client

from services.moderation.auditor import Auditor
from services.moderation.engines import LocalEngine, RoutedEngine
from services.moderation.engines.guidelines import Guidelines
from services.moderation.engines.openai import Office, OpenAIEngine
from services.moderation.engines.reach import Reach
from services.moderation.engines.results import ProviderResults
from services.moderation.engines.spending import Budget, Spending
from services.moderation.engines.terms import Terms
from services.moderation.handlers import Handlers, House
from services.moderation.policies import Policies
from services.moderation.settings import Settings
from shared.log.append import Log
from shared.log.gauges import consumer_gauge, dead_letter_gauge
from shared.log.streams import DECIDE_POST
from shared.messaging.broker import assert_provisioned, connection, make_broker, on_durable, on_health, on_request
from shared.messaging.requests import CheckDraft, ResolveCase
from shared.model.batching import MicroBatcher
from shared.model.inference_cache import InferenceCache, ResultCache
from shared.model.local_model import LocalModel, Model
from shared.policy import Policy
from shared.policy.bundle_store import BundleStore
from shared.policy.signing import SigningKey, TrustedKeys
from shared.security.data_keys import DataKeyStore
from shared.tasks import cancel_and_wait
from shared.telemetry.metrics import Gauges
from shared.telemetry.status_server import serve_status
from shared.telemetry.tracing import Telemetry

# Dry runs that wait for a provider must not queue behind each other; the engines have limits of their own.
DRAFTS_AT_ONCE = 32
# On a first start the operator's side activates the policy while this service loads its model.
FIRST_POLICY_S = 10.0


def create_app(settings: Settings, *, model: Model | None = None, policy: Policy | None = None) -> FastStream:
    """The service; nothing is loaded or connected before it starts.

    In tests `model` replaces the local one, and `policy` the one that the log names.
    """
    broker = make_broker(settings)
    telemetry = Telemetry(settings)
    handlers = Handlers(policy)

    on_durable(broker, DECIDE_POST, handlers.decide_post, telemetry)
    on_request(broker, CheckDraft, handlers.check_draft, telemetry, concurrency=DRAFTS_AT_ONCE)
    on_request(broker, ResolveCase, handlers.resolve_case, telemetry)
    on_health(broker, settings.service, handlers.health)

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        running = model or LocalModel.load(settings.encoder_threads)
        client = await connection(broker)
        telemetry.export_to(client)
        await assert_provisioned(client, DECIDE_POST)
        keys = await DataKeyStore.open(client, settings.master_key.get_secret_value())
        cache = await InferenceCache.open(client, running.digest)
        async with MicroBatcher(running) as batcher, provider(settings.terms, client, telemetry) as asked:
            engine = RoutedEngine(LocalEngine(batcher, cache, running.digest), asked)
            handlers.house = House(client, engine, Log(client), keys, running, telemetry.metrics)
            gauges = Gauges(telemetry.metrics, consumer_gauge(client, DECIDE_POST), dead_letter_gauge(client))
            watched = serve_status(settings, handlers.health, gauges)
            async with following(settings, client, handlers.policies), auditing(settings, client, handlers), watched:
                yield
        await keys.close()
        await telemetry.close()

    async def sign_off() -> None:
        # Before the connection closes, which it does before the lifespan ends: the last facts get their checkpoint.
        if handlers.auditor:
            await handlers.auditor.close()

    return FastStream(broker, lifespan=lifespan, on_shutdown=[sign_off], logger=None)


@asynccontextmanager
async def following(settings: Settings, client: Client, policies: Policies) -> AsyncIterator[None]:
    """Keep up with the policy in force; what comes in before the first one is there waits a moment for it."""
    if policies.policy is not None:  # the one of a test
        yield
        return
    task = asyncio.create_task(
        policies.follow(Log(client), await BundleStore.open(client), TrustedKeys.parse(settings.policy_keys))
    )
    try:
        await policies.wait_for_one(FIRST_POLICY_S)
        yield
    finally:
        await cancel_and_wait(task)


@asynccontextmanager
async def auditing(settings: Settings, client: Client, handlers: Handlers) -> AsyncIterator[None]:
    """Sign what the log says, where there is a key to sign with."""
    seed = settings.audit_key.get_secret_value()
    if not seed:
        yield
        return
    auditor = Auditor(client, SigningKey(bytes.fromhex(seed)), settings.audit_every_s)
    handlers.auditor = auditor
    await auditor.start()
    try:
        yield
    finally:
        await auditor.close()


@asynccontextmanager
async def provider(terms: Terms | None, client: Client, telemetry: Telemetry) -> AsyncIterator[OpenAIEngine | None]:
    """The engine of a provider where one is set up; nothing of its SDK is loaded before a text needs it."""
    if terms is None:
        yield None
        return
    reach = Reach(terms, telemetry)
    budget = Budget(Spending(client), terms.daily_usd, terms.person_daily_texts)
    results, guidelines = ProviderResults(await ResultCache.open(client)), Guidelines(Log(client))
    engine = OpenAIEngine(terms, Office(reach, budget, results, guidelines, telemetry.metrics))
    try:
        yield engine
    finally:
        await engine.close()
        await reach.close()
