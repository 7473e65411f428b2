"""Background tasks: starting them, cancelling them reliably, reporting their failures."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

logger = logging.getLogger(__name__)

# Time for a task to clean up before it is cancelled again: half of what a process may take to stop.
RECANCEL_AFTER_S = 4.0


async def cancel_and_wait(*tasks: asyncio.Task[None] | None) -> None:
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
