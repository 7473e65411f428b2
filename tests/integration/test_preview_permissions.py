"""Services other than the gateway can neither read nor write previews: the broker enforces I8."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from nats.aio.client import Client
from nats.errors import Error as BrokerError

from shared.security.permissions import SERVICES, may_publish, may_subscribe
from shared.testing import TestBroker
from tests.faults.waiting import TIMEOUT_S, flush_to_broker, wait_until_stored

pytestmark = pytest.mark.broker

OTHERS = [name for name in SERVICES if name != "gateway"]
PREVIEW = "previews.0.0198c0de-7e57-7abc-8def-0123456789ab"
# A read without permission waits this long for an answer.
SILENCE_S = 1.0


async def from_the_start(client: Client, patience_s: float) -> object:
    subscription = await client.jetstream(timeout=patience_s).subscribe(
        "previews.>", stream="PREVIEWS", ordered_consumer=True
    )
    return await subscription.next_msg(timeout=patience_s)


async def as_they_come(client: Client, patience_s: float) -> object:
    subscription = await client.subscribe("previews.>")
    return await subscription.next_msg(timeout=patience_s)


async def from_the_leader(client: Client, patience_s: float) -> object:
    return await client.jetstream(timeout=patience_s).get_last_msg("PREVIEWS", PREVIEW)


async def from_any_copy(client: Client, patience_s: float) -> object:
    reply = await client.request(f"$JS.API.DIRECT.GET.PREVIEWS.{PREVIEW}", b"", timeout=patience_s)
    return (reply.headers or {}).get("Nats-Sequence")


async def through_a_durable(client: Client, patience_s: float) -> object:
    stream = client.jetstream(timeout=patience_s)
    subscription = await stream.pull_subscribe("previews.>", durable="spy", stream="PREVIEWS")
    return await subscription.fetch(1, timeout=patience_s)


WAYS = [from_the_start, as_they_come, from_the_leader, from_any_copy, through_a_durable]
Way = Callable[[Client, float], Awaitable[object]]


async def reads(broker: TestBroker, user: str, way: Way, patience_s: float) -> bool:
    """Return whether a broker user gets a preview in this way, while previews are published."""
    writer, client = await broker.connect("gateway"), await broker.connect(user)
    await writer.jetstream().publish(PREVIEW, b"{}")
    reading = asyncio.ensure_future(way(client, patience_s))
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
async def test_no_other_service_can_read_previews(broker: TestBroker, way: Way) -> None:
    assert await reads(broker, "operator", way, TIMEOUT_S)  # the operator can: the check is able to fail
    assert not any(await asyncio.gather(*(reads(broker, service, way, SILENCE_S) for service in OTHERS)))


async def test_no_other_service_can_write_previews(broker: TestBroker) -> None:
    for service in OTHERS:
        client = await broker.connect(service)
        await client.publish(PREVIEW, b"{}")
        await flush_to_broker(client)
        await client.close()
    operator = await broker.connect()
    await wait_until_stored(operator, "PREVIEWS", PREVIEW)
    assert (await operator.jetstream().stream_info("PREVIEWS")).state.messages == 0
    await operator.close()


@pytest.mark.parametrize("service", OTHERS)
def test_no_other_service_may_use_a_subject_of_previews(service: str) -> None:
    for subjects in (may_publish(service), may_subscribe(service)):
        assert not [subject for subject in subjects if "previews" in subject.lower() or subject == ">"]
