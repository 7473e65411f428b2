"""Ending background tasks for certain."""

import asyncio

# Long enough for a task to put its things away; then it is told again. Half of what a part may take to stop.
AGAIN_S = 4.0


async def ended(*tasks: asyncio.Task[None] | None) -> None:
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
