"""A stream that is read once is read whole, however the broker's answers overtake each other."""

import asyncio

import pytest
from nats.aio.client import Client

from shared.log.stream_reader import read_stream
from shared.testing import TestBroker

pytestmark = pytest.mark.broker
# In one of a hundred readings the broker's answer overtook the message.
READINGS = 500


async def count(client: Client, subject: str) -> int:
    return len([message async for message in read_stream(client, "EVENTS", subject=subject)])


async def test_a_single_message_is_found_each_time(broker: TestBroker) -> None:
    client = await broker.connect()
    await client.jetstream().publish("events.community.created.garden", b"one")
    for _ in range(READINGS):
        assert await count(client, "") == 1
        await asyncio.sleep(0.008)  # the broker forgets readers after a while, and has room for so many
    await client.close()


async def test_a_pattern_that_nothing_matches_ends_at_once(broker: TestBroker) -> None:
    client = await broker.connect()
    await client.jetstream().publish("events.community.created.garden", b"one")
    assert await count(client, "events.post.submitted.*") == 0
    await client.close()
