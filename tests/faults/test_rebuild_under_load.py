"""E28: views are rebuilt under load; the service dies in the middle, and the rebuild is started again."""

import asyncio
import os
import signal

import pytest

from tests.faults.live import Live

pytestmark = pytest.mark.faults


@pytest.mark.injects("E28", invariants="I5 I6 I7")
@pytest.mark.parametrize("service", ["gateway", "embeddings", "ranking"])
async def test_a_rebuild_killed_and_repeated_under_load_gives_the_same_view(live: Live, service: str) -> None:
    async with live.load():
        await live.until_accepted(60)
        interrupted = asyncio.create_task(asyncio.to_thread(live.installation.ottit, "rebuild", service))
        await asyncio.sleep(live.seed % 10 / 10)
        pid = live.pid(service)
        os.kill(pid, signal.SIGKILL)
        await live.until_running(service, other_than=pid)
        await live.until_ready()
        await interrupted
        again = await asyncio.to_thread(live.installation.ottit, "rebuild", service)
        assert again.returncode == 0, again.stdout + again.stderr
        await live.calm()
    await live.verify()
