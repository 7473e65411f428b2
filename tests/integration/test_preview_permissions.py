"""Nobody who decides, indexes or orders can read a preview, nor write one: I8 does not rest on good manners."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from nats.aio.client import Client
from nats.errors import Error as BrokerError

from shared.permissions import SERVICES, may_publish, may_subscribe
from shared.testing import TestBroker

pytestmark = pytest.mark.broker

OTHERS = [name for name in SERVICES if name != "gateway"]
PREVIEW = "previews.0.0198c0de-7e57-7abc-8def-0123456789ab"
# Long enough for an answer on a busy machine; who has no right waits it out.
SILENCE_S = 1.0


async def from_the_start(client: Client) -> object:
    subscription = await client.jetstream(timeout=SILENCE_S).subscribe(
        "previews.>", stream="PREVIEWS", ordered_consumer=True
    )
    return await subscription.next_msg(timeout=SILENCE_S)


async def as_they_come(client: Client) -> object:
    subscription = await client.subscribe("previews.>")
    return await subscription.next_msg(timeout=SILENCE_S)


async def from_the_leader(client: Client) -> object:
    return await client.jetstream(timeout=SILENCE_S).get_last_msg("PREVIEWS", PREVIEW)


async def from_any_copy(client: Client) -> object:
    found = await client.request(f"$JS.API.DIRECT.GET.PREVIEWS.{PREVIEW}", b"", timeout=SILENCE_S)
    return (found.headers or {}).get("Nats-Sequence")


async def through_a_durable(client: Client) -> object:
    stream = client.jetstream(timeout=SILENCE_S)
    subscription = await stream.pull_subscribe("previews.>", durable="spy", stream="PREVIEWS")
    return await subscription.fetch(1, timeout=SILENCE_S)


WAYS = [from_the_start, as_they_come, from_the_leader, from_any_copy, through_a_durable]
Way = Callable[[Client], Awaitable[object]]


async def reads(broker: TestBroker, user: str, way: Way) -> bool:
    """Whether a user of the broker gets a preview in this way, while previews keep coming."""
    writer, client = await broker.connect("gateway"), await broker.connect(user)
    reading = asyncio.ensure_future(way(client))
    try:
        while not reading.done():
            await writer.publish(PREVIEW, b"{}")
            await asyncio.sleep(0.05)
        return bool(reading.result())
    except (TimeoutError, BrokerError):
        return False
    finally:
        await client.close()
        await writer.close()


@pytest.mark.parametrize("way", WAYS)
async def test_no_other_service_reads_previews_and_the_check_would_notice(broker: TestBroker, way: Way) -> None:
    assert await reads(broker, "operator", way)  # who may do all of it does: the check can fail
    assert not any(await asyncio.gather(*(reads(broker, service, way) for service in OTHERS)))


async def test_no_other_service_writes_previews(broker: TestBroker) -> None:
    for service in OTHERS:
        client = await broker.connect(service)
        await client.publish(PREVIEW, b"{}")
        await client.flush()
        await client.close()
    operator = await broker.connect()
    assert (await operator.jetstream().stream_info("PREVIEWS")).state.messages == 0
    await operator.close()


@pytest.mark.parametrize("service", OTHERS)
def test_no_right_of_another_service_names_previews_but_the_one_to_ask_whether_they_exist(service: str) -> None:
    named = [subject for subject in may_publish(service) if "PREVIEWS" in subject or "previews" in subject]
    assert named == ["$JS.API.STREAM.INFO.PREVIEWS"]
    assert not [subject for subject in may_subscribe(service) if "previews" in subject.lower() or subject == ">"]
