"""Tests that a stuck event loop is noticed from a thread, and a living or suspended one is left alone."""

import asyncio
import subprocess
import sys
import threading
import time

import pytest

from shared import loop_watchdog
from shared.loop_watchdog import STUCK_EXIT, LoopWatchdog
from shared.tasks import WatchedExecutor

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

HANGING = """
import asyncio, threading
from shared import loop_watchdog, tasks
loop_watchdog.TICK_S = 0.05
tasks.WatchedExecutor.__init__.__kwdefaults__["stuck_after_s"] = 0.5

def hang():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()

async def main():
    async with loop_watchdog.watching_loop():
        asyncio.get_running_loop().run_in_executor(THREAD, hang)
        while True:  # the loop itself lives
            await asyncio.sleep(0.05)

asyncio.run(main())
"""


@pytest.mark.parametrize("own", [True, False], ids=["own thread", "to_thread"])
def test_a_process_with_a_worker_thread_that_hangs_ends_and_says_where_it_stood(own: bool) -> None:
    thread = "tasks.WatchedExecutor(1, name='view')" if own else "None"
    ended = subprocess.run(
        [sys.executable, "-c", HANGING.replace("THREAD", thread)],
        capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip
    assert ended.returncode == STUCK_EXIT, ended.stderr
    assert "in hang" in ended.stderr


async def test_work_that_ends_and_work_that_was_suspended_is_left_alone() -> None:
    executor = WatchedExecutor(1, name="test", stuck_after_s=10.0)
    begun, end = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        end.wait()

    running = asyncio.get_running_loop().run_in_executor(executor, work)
    await asyncio.to_thread(begun.wait)
    ends: list[str] = []
    watchdog = LoopWatchdog(lambda what, _: ends.append(what), stuck_after_s=1e9)
    now = time.monotonic()
    assert not any(watchdog.found_stuck(now + second) for second in range(9))
    assert not watchdog.found_stuck(now + 3600)  # the whole process was suspended
    assert watchdog.found_stuck(now + 3600 + 4.9)
    assert ends == ["a worker thread"]
    end.set()
    await running
    assert not watchdog.found_stuck(now + 3600 + 9)
    executor.shutdown()


def test_a_process_with_a_stuck_loop_ends_and_says_where_it_stood() -> None:
    ended = subprocess.run([sys.executable, "-c", STUCK], capture_output=True, text=True, timeout=50, check=False)
    assert ended.returncode == STUCK_EXIT
    assert "in main" in ended.stderr


def test_a_loop_without_a_sign_of_life_is_stuck_and_a_suspended_process_is_not() -> None:
    ends: list[str] = []
    watchdog = LoopWatchdog(lambda what, _: ends.append(what), stuck_after_s=10.0)
    now = time.monotonic()
    assert not any(watchdog.found_stuck(now + second) for second in range(10))
    assert not watchdog.found_stuck(now + 3600)  # the thread was as late as the loop
    assert not any(watchdog.found_stuck(now + 3600 + second) for second in range(10))
    assert ends == []
    assert watchdog.found_stuck(now + 3600 + 11)
    assert len(ends) == 1


async def test_a_living_loop_gives_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_watchdog, "TICK_S", 0.01)
    ends: list[str] = []
    watching = asyncio.create_task(LoopWatchdog(lambda what, _: ends.append(what), stuck_after_s=5.0).run())
    await asyncio.sleep(0.2)
    watching.cancel()
    assert ends == []
