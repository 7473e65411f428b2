"""Background tasks: ending them for certain, and what became of them."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

logger = logging.getLogger(__name__)

# Long enough for a task to put its things away; then it is told again. Half of what a part may take to stop.
AGAIN_S = 4.0


async def cancel_and_wait(*tasks: asyncio.Task[None] | None) -> None:
    """Cancel tasks until they are over; what they raise is theirs. None stands for one that never began.

    Once is not enough: before Python 3.12 `asyncio.wait_for`, which the broker's client waits with, forgets a
    cancellation that comes together with the answer (https://github.com/python/cpython/issues/86296).
    """
    running = {task for task in tasks if task}
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=AGAIN_S)
    await asyncio.gather(*filter(None, tasks), return_exceptions=True)


def start_background(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    """Begin work that nobody waits for. What it raises is in the log, and `failure_reason` tells it."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_say_failed)
    return task


def failure_reason(task: asyncio.Task[None] | None) -> str:
    """Why a task did not end well; empty while it runs, and where it did, was cancelled or never began.

    By kind alone, for it is shown to everybody: what an error says may name folders. The log has all of it.
    """
    if task is None or not task.done() or task.cancelled() or not (error := task.exception()):
        return ""
    errors = error.exceptions if isinstance(error, BaseExceptionGroup) else [error]
    return f"failed: {', '.join(sorted({type(one).__name__ for one in errors}))}, see its log"


def _say_failed(task: asyncio.Task[None]) -> None:
    if failure_reason(task):
        logger.error("%s failed", task.get_name(), exc_info=task.exception())
