"""Tests that a stuck event loop is noticed from a thread, and a living or suspended one is left alone."""

import asyncio
import subprocess
import sys
import time

import pytest

from shared import loop_watchdog
from shared.loop_watchdog import STUCK_EXIT, LoopWatchdog

STUCK = """
import asyncio, time
from shared import loop_watchdog
loop_watchdog.TICK_S = 0.05
loop_watchdog.LoopWatchdog.__init__.__defaults__ = (0.5,)

async def main():
    async with loop_watchdog.watching_loop():
        await asyncio.sleep(0.2)
        time.sleep(60)

asyncio.run(main())
"""


def test_a_process_with_a_stuck_loop_ends_and_says_where_it_stood() -> None:
    ended = subprocess.run([sys.executable, "-c", STUCK], capture_output=True, text=True, timeout=50, check=False)
    assert ended.returncode == STUCK_EXIT
    assert "in main" in ended.stderr


def test_a_loop_without_a_sign_of_life_is_stuck_and_a_suspended_process_is_not() -> None:
    ends: list[float] = []
    watchdog = LoopWatchdog(ends.append, stuck_after_s=10.0)
    now = time.monotonic()
    assert not any(watchdog.found_stuck(now + second) for second in range(10))
    assert not watchdog.found_stuck(now + 3600)  # the thread was as late as the loop
    assert not any(watchdog.found_stuck(now + 3600 + second) for second in range(10))
    assert ends == []
    assert watchdog.found_stuck(now + 3600 + 11)
    assert len(ends) == 1


async def test_a_living_loop_gives_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_watchdog, "TICK_S", 0.01)
    ends: list[float] = []
    watching = asyncio.create_task(LoopWatchdog(ends.append, stuck_after_s=5.0).run())
    await asyncio.sleep(0.2)
    watching.cancel()
    assert ends == []
