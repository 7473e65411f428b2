"""`python -m tests.bench.replay view|batches|raw`: folds the whole log into a new view, or only receives it."""

import asyncio
import json
import os
import sys
from time import perf_counter

import nats
import uvloop
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig, DeliverPolicy

from services.gateway.dependencies import PROJECTIONS, connect
from services.gateway.settings import Settings
from services.gateway.view.view import View
from shared.log.integrity import LogIntegrity
from shared.log.stored_messages import read_batch
from shared.security.data_keys import DataKeyStore

TIMEOUT_S = 600.0


async def main(what: str) -> None:
    """Print the number of events and the rate. `raw` is the operator's, who may create a consumer."""
    settings = Settings()
    broker = Client()
    await connect(broker, settings)
    events = (await broker.jetstream().stream_info("EVENTS")).state.last_seq
    if what == "raw":
        await broker.close()
        broker = await nats.connect(settings.broker_url, user="operator", password=os.environ["OPERATOR_PASSWORD"])
    began = perf_counter()
    if what == "view":
        await _build(settings, broker)
    else:
        await (_receive(broker, events) if what == "raw" else _read(broker, events))
    print(json.dumps({"events": events, "per_second": events / (perf_counter() - began)}))
    await broker.close()


async def _read(broker: Client, events: int) -> None:
    reached, reading = 0, asyncio.create_task(read_batch(broker, "EVENTS", 0))
    while reached < events:
        reached = (await reading).messages[-1].metadata.sequence.stream
        reading = asyncio.create_task(read_batch(broker, "EVENTS", reached))
    await reading


async def _build(settings: Settings, broker: Client) -> None:
    keys = await DataKeyStore.open(broker, settings.master_key.get_secret_value())
    view = View(settings.data_dir / "gateway", broker, keys, PROJECTIONS, LogIntegrity(broker))
    await view.start()
    await view.until_caught_up(TIMEOUT_S)
    await view.close()


async def _receive(broker: Client, events: int) -> None:
    done = asyncio.Event()

    async def take(message: Msg) -> None:
        if message.metadata.sequence.stream >= events:
            done.set()

    config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL)
    await broker.jetstream().subscribe("", stream="EVENTS", cb=take, ordered_consumer=True, config=config)
    await done.wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1]))
