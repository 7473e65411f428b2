"""Moderation, put together: from a submission to the line that decides (`domain.py`, `decide`)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from faststream import FastStream

from services.moderation.adapters import LocalEngine
from services.moderation.handlers import Handlers, House
from services.moderation.settings import Settings
from shared.broker import (
    assert_provisioned,
    connection,
    make_broker,
    on_durable,
    on_health,
    on_request,
)
from shared.inference import InferenceCache
from shared.keys import KeyRing
from shared.log import Log
from shared.model.batching import MicroBatcher
from shared.model.local import LocalModel, Model
from shared.policy import load_policy
from shared.requests import ActivePolicy, CheckDraft, ResolveCase
from shared.status import status_served
from shared.streams import DECIDE_POST
from shared.telemetry import Telemetry


def create_app(settings: Settings, *, model: Model | None = None) -> FastStream:
    """The service; nothing is loaded or connected before it starts. `model` replaces the local one in tests."""
    broker = make_broker(settings)
    telemetry = Telemetry(settings)
    handlers = Handlers(load_policy(settings.policy_file))

    on_durable(broker, DECIDE_POST, handlers.decide_post, telemetry)
    on_request(broker, CheckDraft, handlers.check_draft, telemetry)
    on_request(broker, ResolveCase, handlers.resolve_case, telemetry)
    on_request(broker, ActivePolicy, handlers.active_policy, telemetry)
    on_health(broker, settings.service, handlers.health)

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        running = model or LocalModel.load(settings.encoder_threads)
        client = await connection(broker)
        telemetry.export_to(client)
        await assert_provisioned(client, DECIDE_POST)
        keys = await KeyRing.open(client, settings.master_key.get_secret_value())
        cache = await InferenceCache.open(client, running.digest)
        async with MicroBatcher(running) as batcher:
            engine = LocalEngine(batcher, cache, running.digest)
            handlers.house = House(client, engine, Log(client), keys, running)
            await handlers.announce_policy()
            async with status_served(settings, handlers.health):
                yield
        await keys.close()
        await telemetry.close()

    return FastStream(broker, lifespan=lifespan, logger=None)
