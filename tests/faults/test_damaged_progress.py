"""Damages the broker's file of a consumer's progress: afterwards every post has one decision all the same."""

import shutil
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from nats.aio.client import Client
from nats.errors import TimeoutError as BrokerTimeout

from services.moderation import undecided_posts
from services.moderation.handlers import Dependencies, Handlers
from services.moderation.undecided_posts import UndecidedPosts
from shared.log.append import Log
from shared.log.events import PostDecided
from shared.log.handler_runner import HandlerRunner
from shared.log.provision import ProvisionError, provision
from shared.log.streams import DECIDE_POST
from shared.policy import DEFAULT_POLICY, load_policy
from shared.security.data_keys import DataKeyStore
from shared.settings import ServiceSettings
from shared.telemetry.metrics import Metrics
from shared.telemetry.tracing import Telemetry
from shared.testing import MASTER_KEY, TestBroker, submitted
from tests.faults.damage import random_damage, stream_folder
from tests.moderation.fakes import FixedEngine

pytestmark = [pytest.mark.broker, pytest.mark.faults]
POSTS, HANDLED, SEEDS = 20, 8, 8
AUTHOR = "author-1"


async def runner(broker: TestBroker) -> tuple[HandlerRunner, UndecidedPosts, Handlers]:
    """Return moderation's handlers on a new connection, and its search for undecided posts."""
    client = await broker.connect("moderation")
    handlers, engine, metrics = Handlers(load_policy(DEFAULT_POLICY)), FixedEngine(), Metrics("moderation")
    keys = await DataKeyStore.open(client, MASTER_KEY)
    handlers.dependencies = Dependencies(client, engine, Log(client), keys, engine, metrics)
    telemetry = Telemetry(ServiceSettings(service="moderation"))
    run = HandlerRunner(DECIDE_POST, handlers.decide_post, client.jetstream(), telemetry)
    return run, UndecidedPosts(client, handlers.dependencies.log, run.redeliver, metrics), handlers


async def handle(broker: TestBroker, run: HandlerRunner, count: int) -> int:
    """Handle messages that the broker delivers. Returns how many there were."""
    operator = await broker.connect()
    subscription = await operator.jetstream().pull_subscribe_bind(DECIDE_POST.durable, "EVENTS")
    handled = 0
    try:
        while handled < count:
            for message in await subscription.fetch(count - handled, timeout=2):
                await run.handle(message)
                handled += 1
    except (BrokerTimeout, TimeoutError):
        pass
    await operator.close()
    return handled


async def provisioned(broker: TestBroker) -> Client:
    """Provision the broker; if it cannot read the file, do what the message says. Returns a connection."""
    operator = await broker.connect()
    try:
        await provision(operator)
    except ProvisionError as error:
        if f"streams/EVENTS/obs/{DECIDE_POST.durable}" not in str(error):
            raise
        await operator.close()
        broker.stop()
        shutil.rmtree(progress_folder(broker))
        broker.start()
        operator = await broker.connect()
        await provision(operator)
    return operator


def progress_folder(broker: TestBroker) -> Path:
    """Return the folder of moderation's consumer."""
    return stream_folder(broker.folder, "EVENTS") / "obs" / DECIDE_POST.durable


@pytest.mark.parametrize("kill", [False, True], ids=["clean stop", "killed"])
@pytest.mark.parametrize("seed", range(SEEDS))
async def test_every_post_is_decided_whatever_the_consumer_believes(
    broker: TestBroker, seed: int, kill: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    random, gateway = Random(seed), await broker.connect("gateway")
    key = await (await DataKeyStore.open(gateway, MASTER_KEY)).create(AUTHOR)
    posts = [submitted(key=key, text=f"Hello {number}", author_id=AUTHOR) for number in range(POSTS)]
    for post in posts:
        await Log(gateway).append(post, after=0)
    await gateway.close()
    run, _, handlers = await runner(broker)
    assert await handle(broker, run, HANDLED) == HANDLED
    await handlers.dependencies.broker.close()
    broker.stop(kill=kill)
    damage = random_damage(progress_folder(broker) / "o.dat", random)
    damage.apply()
    broker.start()
    operator = await provisioned(broker)
    run, undecided, handlers = await runner(broker)
    delivered = await handle(broker, run, POSTS)
    monkeypatch.setattr(undecided_posts, "RETRIED_FOR", timedelta(0))  # as half an hour later
    await undecided.look()
    print(f"byte {damage.at}, bit {damage.bit}: {delivered} delivered, then {undecided.state}")
    log = Log(operator)
    for post in posts:
        facts = await log.facts_of("post", post.entity_id)
        assert sum(isinstance(fact.data, PostDecided) for fact in facts) == 1, post.entity_id
    await operator.close()
    await handlers.dependencies.broker.close()
