"""Ends a process whose event loop or worker thread is stuck, so that its launcher or container engine starts it again.

A thread of its own looks after them: what runs in the loop cannot notice that the loop stands still.
"""

import asyncio
import faulthandler
import logging
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from shared.tasks import WatchedExecutor, forgive, overdue_s

logger = logging.getLogger(__name__)

# Loading models and folding a long log block the loop for seconds, on a slow disk for ten.
STUCK_AFTER_S = 60.0
TICK_S, LATE_S = 1.0, 5.0
# EX_SOFTWARE of sysexits.h.
STUCK_EXIT = 70


class LoopWatchdog:
    """Compares the loop's last sign of life and the age of all work in threads with the clock.

    `end` is called once with what is stuck and for how many seconds.
    """

    def __init__(self, end: Callable[[str, float], None], stuck_after_s: float = STUCK_AFTER_S) -> None:
        self._end = end
        self._stuck_after_s = stuck_after_s
        self._alive_at = self._looked_at = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="loop-watchdog", daemon=True)

    async def run(self) -> None:
        """Give signs of life until cancelled."""
        self._alive_at = time.monotonic()
        self._thread.start()
        try:
            while True:
                self._alive_at = time.monotonic()
                await asyncio.sleep(TICK_S)
        finally:
            self._stop.set()

    def _watch(self) -> None:
        self._looked_at = time.monotonic()
        while not self._stop.wait(TICK_S) and not self.found_stuck(time.monotonic()):
            pass

    def found_stuck(self, now: float) -> bool:
        """Return whether loop or work are stuck at this monotonic time, after calling `end`."""
        if (late_s := now - self._looked_at) > LATE_S:
            # The thread was late, too: the whole process was stopped, or code held the interpreter.
            self._alive_at = now
            forgive(late_s)
        self._looked_at = now
        if (silent_s := now - self._alive_at) > self._stuck_after_s:
            self._end("the event loop", silent_s)
        elif working_s := overdue_s(now):
            self._end("a worker thread", working_s)
        else:
            return False
        return True


@asynccontextmanager
async def watching_loop() -> AsyncIterator[None]:
    """End the process if its event loop stands still for a minute during the block, or work in a thread never ends.

    Work of `asyncio.to_thread` is watched, too.
    """
    asyncio.get_running_loop().set_default_executor(WatchedExecutor(name="worker"))
    watching = asyncio.create_task(LoopWatchdog(end_process).run(), name="loop-watchdog")
    try:
        yield
    finally:
        watching.cancel()


def end_process(what: str, stuck_s: float) -> None:
    """Log where every thread stands, and end the process."""
    logger.critical(f"{what} is stuck; ending the process", extra={"seconds": round(stuck_s)})
    faulthandler.dump_traceback(file=sys.stderr, all_threads=True)
    os._exit(STUCK_EXIT)
