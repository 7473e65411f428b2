"""Metrics of requests between services."""

import pytest
from prometheus_client import generate_latest
from pydantic import SecretStr

from shared.messaging.broker import connection, make_broker, on_request, send_request
from shared.messaging.requests import PostHits, RelatedPosts
from shared.problems import Unavailable
from shared.settings import ServiceSettings
from shared.telemetry.tracing import Telemetry
from shared.testing import TestBroker
from tests.faults.waiting import flush_to_broker, wait_until

pytestmark = pytest.mark.broker


def counted() -> list[str]:
    lines = generate_latest().decode().splitlines()
    return [line for line in lines if line.startswith("ottit_answer_duration_seconds_count")]


async def test_a_failed_reply_is_counted_as_an_error(broker: TestBroker) -> None:
    async def answer(request: RelatedPosts) -> PostHits:
        raise OSError("the disk is gone")

    password = SecretStr(broker.passwords["embeddings"])
    settings = ServiceSettings(service="embeddings", broker_url=broker.url, broker_password=password)
    telemetry, listening = Telemetry(settings), make_broker(settings)
    on_request(listening, RelatedPosts, answer, telemetry)
    asking = await broker.connect("gateway")
    async with listening:
        await listening.start()
        await flush_to_broker(await connection(listening))

        async def is_counted() -> bool:
            return bool(counted())

        with pytest.raises(Unavailable):
            await send_request(asking, RelatedPosts(post_id="p"), timeout=0.5)
        await wait_until(is_counted, "the reply is counted")
    assert ['outcome="error"' in line for line in counted()] == [True]
    await telemetry.close()
    await asking.close()
