"""E31: told to stop under load, every service ends by itself, and only what it had not finished comes again."""

import asyncio

import pytest

from shared.log.stream_reader import read_stream
from shared.log.streams import CONSUMERS, Consumer
from tests.faults.load import Load
from tests.faults.verdict import Witness
from tests.faults.waiting import until

pytestmark = [pytest.mark.broker, pytest.mark.long]

POSTS = 200
# So many have been answered when the signal comes: the rest is on its way through every part of the house.
ANSWERED = 20


async def repeated(witness: Witness, consumer: Consumer) -> int:
    """How often the durable has delivered what it had delivered before; right when nothing waits for it."""
    info = await witness.operator.jetstream().consumer_info("EVENTS", consumer.durable)
    subjects = tuple(fact.subject("") for fact in consumer.facts)
    every = [message.subject async for message in read_stream(witness.operator, "EVENTS")]
    log = [subject for subject in every if subject.startswith(subjects)]
    return (info.delivered.consumer_seq if info.delivered else 0) - len(log)


async def unfinished(witness: Witness, consumer: Consumer) -> int:
    """What was delivered and neither done nor given back."""
    info = await witness.operator.jetstream().consumer_info("EVENTS", consumer.durable)
    return (info.num_ack_pending or 0) + (info.num_redelivered or 0)


@pytest.mark.parametrize("service", ["gateway", "moderation", "embeddings", "ranking"])
async def test_a_service_that_is_told_to_stop_under_load_ends_well(witness: Witness, load: Load, service: str) -> None:
    await witness.come_to_rest()
    mine = [consumer for consumer in CONSUMERS if consumer.service == service]
    before = {consumer: await repeated(witness, consumer) for consumer in mine}
    sending = asyncio.create_task(load.send_at_once(POSTS))
    await load.until_accepted(ANSWERED)
    code = await asyncio.to_thread(witness.house.stop, service)
    assert code == 0, witness.house.said(service)
    left = {consumer: await unfinished(witness, consumer) for consumer in mine}
    witness.house.start(service)
    await until(witness.is_ready, f"{service} is back")
    await sending
    await load.settle()
    await witness.come_to_rest()
    assert await witness.complaints() == []
    for consumer in mine:
        assert await repeated(witness, consumer) - before[consumer] <= left[consumer]
