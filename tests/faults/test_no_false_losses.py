"""Killing the broker under load, without damage, is no loss: nothing acknowledged and marked is missed afterwards."""

import asyncio
from random import Random

import pytest
from nats.aio.client import Client
from nats.errors import Error as BrokerError
from nats.js.errors import APIError

from shared.log import stream_marks
from shared.log.loss_table import marked_streams
from shared.log.stored_marks import Mark
from shared.log.stream_marks import DELETES, StreamMarks
from shared.tasks import cancel_and_wait
from shared.testing import TestBroker
from tests.faults.waiting import wait_until
from tests.integration.test_lost_messages import DECLARED, subject_of

pytestmark = [pytest.mark.broker, pytest.mark.faults]
ROUNDS, KEYS = 5, 8


async def write(client: Client, random: Random) -> None:
    """Write to every stream, over and over, and delete single messages where the product does."""
    stream, number = client.jetstream(timeout=2), 0
    while True:
        for name in marked_streams():
            number += 1
            counter = bool(DECLARED[name].get("allow_msg_counter"))
            once = name in {"KV_POLICIES", "CHALLENGES"}
            key = random.randrange(10**9) if once else random.randrange(KEYS)
            headers = {"Nats-Incr": "+1"} if counter else None
            try:
                ack = await stream.publish(subject_of(name, key), b"" if counter else b"x" * 80, headers=headers)
                if name in DELETES and not random.randrange(4):
                    await client.jsm().delete_msg(name, ack.seq)
            except (BrokerError, APIError, OSError):
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("seed", range(3))
async def test_a_killed_broker_without_damage_reports_no_loss(
    broker: TestBroker, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_marks, "MARK_EVERY_S", 0.1)
    random, client = Random(seed), await broker.connect()
    marks = StreamMarks(client)
    await marks.start()
    writing = asyncio.create_task(write(await broker.connect(), random))
    for number in range(ROUNDS):
        await asyncio.sleep(0.2 + random.random() / 2)
        broker.stop(kill=bool(number % 3))
        broker.start()
        before = dict(marks.marks)

        async def moved(before: dict[str, Mark] = before) -> bool:
            return client.is_connected and all(marks.marks[name] != before[name] for name in ("SIGNALS", "PREVIEWS"))

        await wait_until(moved, "the marks move on after the restart")
        assert marks.losses == {}, f"seed {seed}, round {number}"
    await cancel_and_wait(writing)
    await marks.read_all()
    assert marks.losses == {}
    await marks.close()
    await client.close()
