"""A message that takes longer than the broker waits stays with whoever works on it."""

import asyncio
from dataclasses import replace

import orjson
import pytest
from pydantic import SecretStr

from shared.log.events import Event
from shared.log.streams import DECIDE_POST
from shared.messaging.broker import make_broker, on_durable
from shared.settings import ServiceSettings
from shared.telemetry.tracing import Telemetry
from shared.testing import TestBroker
from tests.faults.in_process import open_scenario
from tests.faults.waiting import wait_until

pytestmark = pytest.mark.broker
# Longer than the wait, which is long enough for a machine that stands still for a moment between two signs of life.
IMPATIENT = replace(DECIDE_POST, ack_wait_s=2)
LONG_S = 3.5


async def test_a_handler_that_takes_longer_than_the_ack_wait_gets_its_message_once(broker: TestBroker) -> None:
    handled: list[str] = []

    async def handle(event: Event) -> None:
        handled.append(event.entity_id)
        await asyncio.sleep(LONG_S)

    settings = ServiceSettings(
        service="moderation", broker_url=broker.url, broker_password=SecretStr(broker.passwords["moderation"])
    )
    telemetry = Telemetry(settings)
    async with open_scenario(broker) as inhabited:
        body = {"stream_name": "EVENTS", "config": IMPATIENT.config(), "action": ""}
        where = f"$JS.API.CONSUMER.CREATE.EVENTS.{IMPATIENT.durable}"
        assert "error" not in orjson.loads((await inhabited.operator.request(where, orjson.dumps(body))).data)
        post = await inhabited.submit("They are ripe.")
        listening = make_broker(settings)
        on_durable(listening, IMPATIENT, handle, telemetry)
        async with listening:
            await listening.start()

            async def begun() -> bool:
                return bool(handled)

            await wait_until(begun, "the message is in work")
            await inhabited.wait_until_idle(IMPATIENT)
        assert handled == [post.entity_id]
        assert await inhabited.deliveries(IMPATIENT) == 1
    await telemetry.close()
