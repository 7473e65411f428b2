"""E01, E02, E03, E17: processes and the broker are killed under load, also at crash points, and restarted."""

import asyncio

import pytest

from shared.ids import new_id
from shared.log.streams import DECIDE_POST
from tests.faults.invariants import consistent_checkpoints
from tests.faults.load import Load
from tests.faults.observer import Observer
from tests.faults.stored_state import dead_letter_sequences, read_log
from tests.faults.waiting import wait_until

pytestmark = pytest.mark.broker

# Accepted posts before a kill: enough to keep every service busy.
WARM = 20


async def die_at(observer: Observer, service: str, *points: str, nth: int) -> None:
    """Kill a service, let it crash at each point in turn, then start it normally."""
    observer.installation.kill(service)
    for point in points:
        observer.installation.start(service, crash=(point, nth))
        await wait_until(lambda: died(observer, service), f"{service} dies at {point}")
    observer.installation.start(service)


async def died(observer: Observer, service: str) -> bool:
    """Return whether the service crashed at its crash point."""
    return observer.installation.died(service)


@pytest.mark.injects("E01", invariants="I1 I2 I3 I4 I5 I6 I7 I9 I11")
async def test_a_killed_gateway_loses_and_invents_no_post(observer: Observer, load: Load) -> None:
    async with load.running():
        await load.until_accepted(WARM)
        await die_at(observer, "gateway", "before_append", "after_append", nth=15)
        await wait_until(observer.is_ready, "a ready gateway")
        await load.until_accepted(WARM)
    assert await load.settle() > 0, "no submission was in flight when the gateway died"
    await observer.wait_until_idle()
    assert await observer.violations() == []


@pytest.mark.injects("E02", invariants="I1 I2 I3 I4 I5 I6 I7 I9 I11")
async def test_workers_killed_around_their_effect_have_it_once(observer: Observer, load: Load) -> None:
    async with load.running():
        await load.until_accepted(WARM)
        await asyncio.gather(
            die_at(observer, "moderation", "before_append", "after_append", "before_ack", nth=5),
            die_at(observer, "embeddings", "after_upsert", "after_append", "before_ack", nth=5),
        )
        await load.until_accepted(WARM)
    await load.settle()
    await observer.wait_until_idle()
    assert await observer.violations() == []


@pytest.mark.injects("E03", invariants="I1 I2 I3 I4 I5 I6 I7 I9 I11")
async def test_a_killed_broker_keeps_everything_it_acknowledged(observer: Observer, load: Load) -> None:
    broker = observer.installation.broker
    async with load.running():
        await load.until_accepted(WARM)
        await asyncio.to_thread(broker.stop, kill=True)
        await wait_until(observer.is_unready, "not ready without a broker")
        await asyncio.to_thread(broker.start)
        await observer.installation.provision()
        await wait_until(observer.is_ready, "ready again")
        await load.until_accepted(WARM)
    await load.settle()
    await observer.wait_until_idle()
    assert await observer.violations() == []


@pytest.mark.injects("E01", "E02", invariants="I6")
@pytest.mark.parametrize("service", ["gateway", "ranking"])
async def test_a_view_killed_while_folding_matches_its_checkpoint(observer: Observer, load: Load, service: str) -> None:
    readings = []
    async with load.running():
        for _ in range(2):
            await load.until_accepted(WARM)
            observer.installation.kill(service)
            logged = await read_log(observer.operator)
            readings.append(await observer.checkpoint_of(service, logged))
            observer.installation.start(service)
            await wait_until(observer.is_ready, f"{service} follows again")
    assert readings[-1].reached > readings[0].reached > 0
    assert consistent_checkpoints(readings) == []


@pytest.mark.injects("E17", invariants="I10 I1 I2 I3 I4 I5 I6 I7 I9 I11")
async def test_a_worker_killed_between_dead_letter_and_term_writes_one_dead_letter(observer: Observer) -> None:
    observer.installation.kill("moderation")
    ack = await observer.operator.jetstream().publish(f"events.post.submitted.{new_id()}", b"{broken")
    observer.installation.start("moderation", crash=("before_term", 1))
    await wait_until(lambda: died(observer, "moderation"), "moderation crashes before term")
    assert await dead_letter_sequences(observer.operator, DECIDE_POST) == [ack.seq]
    observer.installation.start("moderation")
    await observer.wait_until_idle()
    assert await dead_letter_sequences(observer.operator, DECIDE_POST) == [ack.seq]
    assert await observer.violations() == []
