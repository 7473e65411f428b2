"""E01, E02, E03: every part of a real installation is killed at random moments under load, and the launcher too."""

import asyncio
import os
import random
import signal
from contextlib import suppress

import pytest

from tests.faults.live import Live

pytestmark = pytest.mark.faults

KILLS = 3
FAULT_OF = {"gateway": "E01", "moderation": "E02", "embeddings": "E02", "ranking": "E02", "broker": "E03"}


@pytest.mark.parametrize(
    "part",
    [pytest.param(name, marks=pytest.mark.injects(fault, invariants="I9")) for name, fault in FAULT_OF.items()],
)
async def test_a_part_killed_at_random_moments_loses_nothing(live: Live, part: str) -> None:
    chance = random.Random(f"{live.seed} {part}")
    async with live.load():
        await live.until_accepted(15)
        for _ in range(KILLS):
            pid = live.pid(part)
            os.kill(pid, signal.SIGKILL)
            await live.until_running(part, other_than=pid)
            await live.until_ready()
            await live.until_accepted(chance.randint(1, 20))
            await asyncio.sleep(chance.random())
        await live.calm()
    live.record("trials", KILLS)
    await live.verify()


@pytest.mark.injects("E03", invariants="I9")
async def test_all_parts_killed_at_once_lose_nothing(live: Live) -> None:
    async with live.load():
        await live.until_accepted(15)
        killed = {name: live.pid(name) for name in FAULT_OF}
        for pid in killed.values():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for name, pid in killed.items():
            await live.until_running(name, other_than=pid)
        await live.calm()
    await live.verify()
