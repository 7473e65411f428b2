"""E31: told to stop under load, every service ends by itself, and only what it had not finished comes again."""

import asyncio

import pytest

from shared.log.stream_reader import read_stream
from shared.log.streams import CONSUMERS, Consumer
from tests.faults.load import Load
from tests.faults.observer import Observer
from tests.faults.waiting import wait_until

pytestmark = [pytest.mark.broker, pytest.mark.long]

POSTS = 200
# So many have been answered when the signal comes: the rest is on its way through every part of the house.
ANSWERED = 20


async def repeated(observer: Observer, consumer: Consumer) -> int:
    """How often the durable has delivered what it had delivered before; right when nothing waits for it."""
    info = await observer.operator.jetstream().consumer_info("EVENTS", consumer.durable)
    subjects = tuple(fact.subject("") for fact in consumer.facts)
    every = [message.subject async for message in read_stream(observer.operator, "EVENTS")]
    log = [subject for subject in every if subject.startswith(subjects)]
    return (info.delivered.consumer_seq if info.delivered else 0) - len(log)


async def unfinished(observer: Observer, consumer: Consumer) -> int:
    """What was delivered and neither done nor given back."""
    info = await observer.operator.jetstream().consumer_info("EVENTS", consumer.durable)
    return (info.num_ack_pending or 0) + (info.num_redelivered or 0)


@pytest.mark.parametrize("service", ["gateway", "moderation", "embeddings", "ranking"])
async def test_a_service_that_is_told_to_stop_under_load_ends_well(
    observer: Observer, load: Load, service: str
) -> None:
    await observer.wait_until_idle()
    mine = [consumer for consumer in CONSUMERS if consumer.service == service]
    before = {consumer: await repeated(observer, consumer) for consumer in mine}
    sending = asyncio.create_task(load.send_at_once(POSTS))
    await load.until_accepted(ANSWERED)
    code = await asyncio.to_thread(observer.installation.stop, service)
    assert code == 0, observer.installation.log_tail(service)
    left = {consumer: await unfinished(observer, consumer) for consumer in mine}
    observer.installation.start(service)
    await wait_until(observer.is_ready, f"{service} is back")
    await sending
    await load.settle()
    await observer.wait_until_idle()
    assert await observer.violations() == []
    for consumer in mine:
        assert await repeated(observer, consumer) - before[consumer] <= left[consumer]
