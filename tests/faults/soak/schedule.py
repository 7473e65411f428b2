"""The random faults of a soak: kills and pauses, with enough quiet between two of them to recover."""

import asyncio
import os
import random
import signal
from collections import Counter
from contextlib import suppress

from tests.faults.live import Live

PARTS = ("broker", "gateway", "moderation", "embeddings", "ranking")
# A part is killed seldom, so that processes live long enough for a slope; pauses are shorter than restarts.
QUIET_S = (50.0, 90.0)
KILL_SHARE = 0.35
PAUSE_S = (2.0, 15.0)


async def inject(live: Live, chance: random.Random, injected: Counter[str]) -> None:
    """Inject faults until the task is cancelled. `injected` counts them by kind and part."""
    while True:
        await asyncio.sleep(chance.uniform(*QUIET_S))
        part = chance.choice(PARTS)
        pid = live.pid(part)
        if chance.random() < KILL_SHARE:
            injected[f"kill {part}"] += 1
            os.kill(pid, signal.SIGKILL)
            await live.until_running(part, other_than=pid)
        else:
            injected[f"pause {part}"] += 1
            os.kill(pid, signal.SIGSTOP)
            try:
                await asyncio.sleep(chance.uniform(*PAUSE_S))
            finally:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
        await live.until_ready()
