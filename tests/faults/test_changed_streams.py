"""E26: durables and streams change behind the backs of running services; `ottit provision` mends them."""

import asyncio
from collections.abc import Awaitable, Callable

import orjson
import pytest
from nats.aio.client import Client

from deploy.installation.settings import LauncherSettings
from deploy.operations.broker_on_demand import open_connection
from shared.log.streams import DECIDE_POST, INDEX_POST, STREAMS
from tests.faults.live import Live

pytestmark = pytest.mark.faults

# Smaller than any event: the broker refuses every publish.
TINY_BYTES = 64


async def _delete_decide(broker: Client) -> None:
    await broker.jetstream().delete_consumer("EVENTS", DECIDE_POST.durable)


async def _delete_index(broker: Client) -> None:
    await broker.jetstream().delete_consumer("EVENTS", INDEX_POST.durable)


async def _shrink_messages(broker: Client) -> None:
    declared = next(stream for stream in STREAMS if stream["name"] == "EVENTS")
    answer = await broker.request("$JS.API.STREAM.UPDATE.EVENTS", orjson.dumps(declared | {"max_msg_size": TINY_BYTES}))
    assert "error" not in orjson.loads(answer.data), answer.data


CHANGES: dict[str, Callable[[Client], Awaitable[None]]] = {
    "the durable of moderation is deleted": _delete_decide,
    "the durable of embeddings is deleted": _delete_index,
    "the log accepts no message": _shrink_messages,
}


@pytest.mark.injects("E26")
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
async def test_a_change_behind_the_services_is_reported_and_provisioning_heals_it(
    live: Live, change: Callable[[Client], Awaitable[None]]
) -> None:
    async with live.load():
        await live.until_accepted(20)
        async with open_connection(LauncherSettings(data_dir=live.data)) as connection:
            await change(connection.broker)
        if change is not _shrink_messages:
            await live.until_unready()
        await asyncio.sleep(5)
        mended = await asyncio.to_thread(live.installation.ottit, "provision")
        assert mended.returncode == 0, mended.stdout + mended.stderr
        await live.calm()
    await live.verify()
