"""E01, E02, E03, E17: processes and the broker are killed under load, at named points and at none, and start again."""

import asyncio

import pytest

from shared.ids import new_id
from shared.log.streams import DECIDE_POST
from tests.faults.invariants import honest_checkpoints
from tests.faults.load import Load
from tests.faults.reading import buried, read_log
from tests.faults.verdict import Witness
from tests.faults.waiting import until

pytestmark = pytest.mark.broker

# Accepted posts before a kill: enough that every part of the house is at work.
WARM = 20


async def die_at(witness: Witness, service: str, *points: str, nth: int) -> None:
    """Kill a service, then let it die at one point after the other, then start it whole."""
    witness.house.kill(service)
    for point in points:
        witness.house.start(service, crash=(point, nth))
        await until(lambda: died(witness, service), f"{service} dies at {point}")
    witness.house.start(service)


async def died(witness: Witness, service: str) -> bool:
    """Whether it is dead by its own hand."""
    return witness.house.died(service)


async def test_a_gateway_killed_at_any_moment_loses_and_invents_nothing(witness: Witness, load: Load) -> None:
    async with load.running():
        await load.until_accepted(WARM)
        await die_at(witness, "gateway", "before_append", "after_append", nth=15)
        await until(witness.is_ready, "a gateway that answers")
        await load.until_accepted(WARM)
    assert await load.settle() > 0, "no submission was under way when the gateway died"
    await witness.come_to_rest()
    assert await witness.complaints() == []


async def test_workers_killed_before_and_after_their_effect_do_it_once(witness: Witness, load: Load) -> None:
    async with load.running():
        await load.until_accepted(WARM)
        await asyncio.gather(
            die_at(witness, "moderation", "before_append", "after_append", "before_ack", nth=5),
            die_at(witness, "embeddings", "after_upsert", "after_append", "before_ack", nth=5),
        )
        await load.until_accepted(WARM)
    await load.settle()
    await witness.come_to_rest()
    assert await witness.complaints() == []


async def test_a_broker_killed_under_load_comes_back_with_everything_it_confirmed(witness: Witness, load: Load) -> None:
    broker = witness.house.broker
    async with load.running():
        await load.until_accepted(WARM)
        await asyncio.to_thread(broker.stop, kill=True)
        await until(witness.is_red, "readiness turns red without a broker")
        await asyncio.to_thread(broker.start)
        await witness.house.provision()
        await until(witness.is_ready, "readiness turns green again")
        await load.until_accepted(WARM)
    await load.settle()
    await witness.come_to_rest()
    assert await witness.complaints() == []


@pytest.mark.parametrize("service", ["gateway", "ranking"])
async def test_a_view_killed_while_it_folds_holds_what_its_checkpoint_says(
    witness: Witness, load: Load, service: str
) -> None:
    readings = []
    async with load.running():
        for _ in range(2):
            await load.until_accepted(WARM)
            witness.house.kill(service)
            logged = await read_log(witness.operator)
            readings.append(await witness.checkpoint_of(service, logged))
            witness.house.start(service)
            await until(witness.is_ready, f"{service} follows again")
    assert readings[-1].reached > readings[0].reached > 0
    assert honest_checkpoints(readings) == []


async def test_a_worker_killed_between_dead_letter_and_goodbye_buries_once(witness: Witness) -> None:
    witness.house.kill("moderation")
    ack = await witness.operator.jetstream().publish(f"events.post.submitted.{new_id()}", b"{broken")
    witness.house.start("moderation", crash=("before_term", 1))
    await until(lambda: died(witness, "moderation"), "moderation dies before it lets go of the message")
    assert await buried(witness.operator, DECIDE_POST) == [ack.seq]
    witness.house.start("moderation")
    await witness.come_to_rest()
    assert await buried(witness.operator, DECIDE_POST) == [ack.seq]
    assert await witness.complaints() == []
