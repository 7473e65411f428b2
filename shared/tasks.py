"""Background tasks (starting them, cancelling them reliably, reporting failures), and threads for blocking work."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from threading import get_ident
from typing import Any, ParamSpec, TypeVar

logger = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

# Time for a task to clean up before it is cancelled again: half of what a process may take to stop.
RECANCEL_AFTER_S = 4.0
# Checking or compacting the file of a large view takes a minute or two on a slow disk.
STUCK_AFTER_S = 300.0

# By thread: the moment until which its work may run, on the monotonic clock, and the time that it may take.
_running: dict[int, tuple[float, float]] = {}


async def cancel_and_wait(*tasks: asyncio.Task[Any] | None) -> None:
    """Cancel tasks until they have ended, and ignore their errors. None stands for a task that never started.

    One cancellation is not enough: before Python 3.12, `asyncio.wait_for`, which the broker's client uses, loses a
    cancellation that arrives together with the result (https://github.com/python/cpython/issues/86296).
    """
    running = {task for task in tasks if task}
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=RECANCEL_AFTER_S)
    await asyncio.gather(*filter(None, tasks), return_exceptions=True)


def start_background(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    """Start work that nothing awaits. Its error is logged, and `failure_reason` reports it."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_log_failure)
    return task


def failure_reason(task: asyncio.Task[None] | None) -> str:
    """Return why a task failed; empty for a task that runs, succeeded, was cancelled or never started.

    Names the error class only: the text is public, and an error message may name folders. The log has the details.
    """
    if task is None or not task.done() or task.cancelled() or not (error := task.exception()):
        return ""
    errors = error.exceptions if isinstance(error, BaseExceptionGroup) else [error]
    return f"failed: {', '.join(sorted({type(one).__name__ for one in errors}))}, see its log"


def _log_failure(task: asyncio.Task[None]) -> None:
    if failure_reason(task):
        logger.error("%s failed", task.get_name(), exc_info=task.exception())


class WatchedExecutor(ThreadPoolExecutor):
    """A pool of threads whose work may take `stuck_after_s` seconds each.

    A thread that hangs inside native code cannot be cancelled, and the loop goes on, so nothing else notices it.
    """

    def __init__(self, threads: int | None = None, *, name: str, stuck_after_s: float = STUCK_AFTER_S) -> None:
        super().__init__(threads, thread_name_prefix=name)
        self._stuck_after_s = stuck_after_s

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a function in a thread."""

        def timed() -> T:
            thread = get_ident()
            _running[thread] = (time.monotonic() + self._stuck_after_s, self._stuck_after_s)
            try:
                return fn(*args, **kwargs)
            finally:
                _running.pop(thread, None)

        return super().submit(timed)


def overdue_s(now: float) -> float:
    """Return how long the longest work has run if it is longer than it may, else 0. `now`: the monotonic clock."""
    late = [now - until + limit for until, limit in list(_running.values()) if now > until]
    return max(late, default=0.0)


def forgive(seconds: float) -> None:
    """Give all work more time, after the whole process was suspended."""
    for thread, (until, limit) in list(_running.items()):
        if thread in _running:
            _running[thread] = (until + seconds, limit)
