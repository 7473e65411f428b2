"""E07, E08: parts are paused for 20 to 60 s, longer than every time-out, and continue."""

import asyncio
import os
import random
import signal
import time
from contextlib import suppress

import pytest

from tests.faults.effect_invariants import healed
from tests.faults.live import HEALS_WITHIN_S, Live

pytestmark = pytest.mark.faults

SHORTEST_S, LONGEST_S = 20.0, 60.0
# The launcher only watches: nothing else notices its pause.
UNNOTICED = frozenset({"launcher"})


@pytest.mark.injects("E08", "E07", invariants="I9")
@pytest.mark.parametrize("part", ["broker", "gateway", "moderation", "embeddings", "ranking", "launcher"])
async def test_a_paused_part_loses_nothing_and_shows(live: Live, part: str) -> None:
    pause_s = random.Random(f"{live.seed} {part}").uniform(SHORTEST_S, LONGEST_S)
    async with live.load():
        await live.until_accepted(20)
        pid, began = live.pid(part), time.monotonic()
        os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(pause_s)
        finally:
            ended = time.monotonic()
            with suppress(ProcessLookupError):  # it may have been restarted as stuck
                os.kill(pid, signal.SIGCONT)
        await live.calm()
        recovered = time.monotonic()
        await asyncio.sleep(2)
    await live.verify()
    if part not in UNNOTICED:
        assert recovered - ended < HEALS_WITHIN_S
        # The lag of a load that goes on is never 0 for long: the verdict above waited for it.
        assert not [found for found in healed(live.samples, began, ended, recovered - ended) if "messages" not in found]
