"""A stopped view continues by itself, without gaps."""

from collections.abc import Sequence

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.log import follower as following
from shared.log.follower import Follower
from shared.testing import TestBroker, submitted
from tests.faults.waiting import TIMEOUT_S, wait_until

pytestmark = pytest.mark.broker

FAILURES = 4
POSTS = 30
ALL = (FAILURES + 1) * POSTS


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """A follower waits a second after each failure."""
    monkeypatch.setattr(following, "RETRY_S", 0.05)


async def test_a_view_continues_without_gaps_after_failures(broker: TestBroker) -> None:
    client, writer = await broker.connect("gateway"), await broker.connect()
    applied: list[int] = []
    sizes: list[int] = []
    failing: list[str | None] = []

    async def apply(messages: Sequence[Msg]) -> None:
        sizes.append(len(messages))
        failing.append(follower.failing)
        if len(sizes) <= FAILURES:
            await publish(writer, POSTS)
            raise OSError("no space left on device")
        applied.extend(message.metadata.sequence.stream for message in messages)

    follower = Follower(client, "EVENTS", apply)
    follower.start(after=0)
    await publish(writer, POSTS)
    assert await follower.wait_for(ALL, TIMEOUT_S)
    assert failing[: FAILURES + 1] == [None, *["OSError: no space left on device"] * FAILURES]
    assert follower.failing is None
    assert applied == list(range(1, ALL + 1))
    assert 0 not in sizes
    await follower.close()
    await client.close()
    await writer.close()


async def test_a_view_recovers_when_its_idle_stream_becomes_available(broker: TestBroker) -> None:
    client = await broker.connect()

    async def apply(messages: Sequence[Msg]) -> None:
        raise AssertionError("the stream is empty")

    follower = Follower(client, "LATER", apply)
    follower.start(after=0)

    async def is_stopped() -> bool:
        return follower.failing is not None

    async def follows() -> bool:
        return follower.failing is None

    await wait_until(is_stopped, "the view reports why it is stopped")
    await client.jetstream().add_stream(name="LATER", subjects=["later.>"], allow_direct=True)
    await wait_until(follows, "the view follows an idle stream")
    await follower.close()
    await client.close()


async def publish(client: Client, count: int) -> None:
    """Append a number of submissions."""
    for post in (submitted() for _ in range(count)):
        await client.jetstream().publish(post.subject, post.encode())
