"""E31: every service stops cleanly under load, and only unfinished messages are redelivered."""

import asyncio

import pytest

from shared.log.read_to_end import read_to_end
from shared.log.streams import CONSUMERS, Consumer
from tests.faults.load import Load
from tests.faults.observer import Observer
from tests.faults.waiting import wait_until

pytestmark = [pytest.mark.broker, pytest.mark.long]

POSTS = 200
# Accepted posts when the signal is sent; the others are in flight through all services.
ACCEPTED = 20


async def repeated(observer: Observer, consumer: Consumer) -> int:
    """Return the number of redeliveries of a durable. Correct when no message waits for it."""
    info = await observer.operator.jetstream().consumer_info("EVENTS", consumer.durable)
    subjects = tuple(fact.subject("") for fact in consumer.facts)
    every = [message.subject async for message in read_to_end(observer.operator, "EVENTS")]
    log = [subject for subject in every if subject.startswith(subjects)]
    return (info.delivered.consumer_seq if info.delivered else 0) - len(log)


async def unfinished(observer: Observer, consumer: Consumer) -> int:
    """Return the number of delivered messages that are neither acked nor naked."""
    info = await observer.operator.jetstream().consumer_info("EVENTS", consumer.durable)
    return (info.num_ack_pending or 0) + (info.num_redelivered or 0)


@pytest.mark.injects("E31", invariants="I1 I2 I3 I4 I5 I6 I7 I9 I11")
@pytest.mark.parametrize("service", ["gateway", "moderation", "embeddings", "ranking"])
async def test_a_service_stops_cleanly_under_load(observer: Observer, load: Load, service: str) -> None:
    await observer.wait_until_idle()
    mine = [consumer for consumer in CONSUMERS if consumer.service == service]
    before = {consumer: await repeated(observer, consumer) for consumer in mine}
    sending = asyncio.create_task(load.send_at_once(POSTS))
    await load.until_accepted(ACCEPTED)
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
