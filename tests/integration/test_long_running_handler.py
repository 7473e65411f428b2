"""A message is not redelivered while its handler runs longer than the ack wait."""

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
# Longer than the ack wait, which tolerates short pauses of a busy machine between two progress reports.
SHORT_ACK_WAIT = replace(DECIDE_POST, ack_wait_s=2)
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
    async with open_scenario(broker) as scenario:
        body = {"stream_name": "EVENTS", "config": SHORT_ACK_WAIT.config(), "action": ""}
        where = f"$JS.API.CONSUMER.CREATE.EVENTS.{SHORT_ACK_WAIT.durable}"
        assert "error" not in orjson.loads((await scenario.operator.request(where, orjson.dumps(body))).data)
        post = await scenario.submit("They are ripe.")
        listening = make_broker(settings)
        on_durable(listening, SHORT_ACK_WAIT, handle, telemetry)
        async with listening:
            await listening.start()

            async def begun() -> bool:
                return bool(handled)

            await wait_until(begun, "the handler runs")
            await scenario.wait_until_idle(SHORT_ACK_WAIT)
        assert handled == [post.entity_id]
        assert await scenario.deliveries(SHORT_ACK_WAIT) == 1
    await telemetry.close()
