"""A stream is read completely, whatever the order of the broker's replies."""

import asyncio

import pytest
from nats.aio.client import Client

from shared.log.read_to_end import read_to_end
from shared.testing import TestBroker

pytestmark = pytest.mark.broker
# In one of a hundred reads the broker's reply overtook the message.
READINGS = 500


async def count(client: Client, subject: str) -> int:
    return len([message async for message in read_to_end(client, "EVENTS", subject=subject)])


async def test_a_single_message_is_always_found(broker: TestBroker) -> None:
    client = await broker.connect()
    await client.jetstream().publish("events.community.created.garden", b"one")
    for _ in range(READINGS):
        assert await count(client, "") == 1
        await asyncio.sleep(0.008)  # the broker removes consumers after some time, and limits their number
    await client.close()


async def test_reading_a_pattern_without_matches_ends_immediately(broker: TestBroker) -> None:
    client = await broker.connect()
    await client.jetstream().publish("events.community.created.garden", b"one")
    assert await count(client, "events.post.submitted.*") == 0
    await client.close()
