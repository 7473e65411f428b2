"""The broker refuses what a service may not do."""

import asyncio

import pytest
from nats.errors import Error as BrokerError
from nats.js.errors import NotFoundError

from shared.log.append import Log, UnknownOutcome
from shared.security.permissions import SERVICES
from shared.testing import TestBroker, decided, submitted
from tests.faults.waiting import wait_until

pytestmark = pytest.mark.broker


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "moderation"])
async def test_only_moderation_may_append_decisions(broker: TestBroker, service: str) -> None:
    refusals: list[str] = []

    async def refused(error: Exception) -> None:
        refusals.append(str(error))

    client = await broker.connect(service, error_cb=refused)
    # Ranking appends nothing, so it cannot even check the log before an append.
    with pytest.raises((UnknownOutcome, BrokerError)):
        await Log(client, timeout=0.5).append(decided(submitted()), after=0)

    async def is_reported() -> bool:
        return any("permissions violation" in text.lower() for text in refusals)

    await wait_until(is_reported, "the broker reports the violation")


async def test_moderation_cannot_read_previews(broker: TestBroker) -> None:
    client = await broker.connect("moderation")
    stream = client.jetstream(timeout=0.5)
    with pytest.raises((BrokerError, asyncio.TimeoutError)):
        await stream.subscribe("previews.>", stream="PREVIEWS", ordered_consumer=True)
    with pytest.raises((BrokerError, asyncio.TimeoutError)):
        await stream.get_last_msg("PREVIEWS", "previews.>")


async def test_a_permitted_read_of_a_missing_message_is_not_found(broker: TestBroker) -> None:
    client = await broker.connect("moderation")
    with pytest.raises(NotFoundError):
        await client.jetstream().get_msg("EVENTS", seq=1)
