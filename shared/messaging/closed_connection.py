"""Ends a process whose connection the broker has ended for good, so that it is started again with a new one.

The client reconnects after every loss but one: an error that the broker reports, such as a subject that is too long,
closes the connection (`nats.aio.client.Client._process_err`). The process would then answer 503 until somebody looks.
"""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nats.aio.client import Client

from shared.tasks import cancel_and_wait, start_background

logger = logging.getLogger(__name__)
LOOK_S = 1.0


@asynccontextmanager
async def ending_if_closed(broker: Client) -> AsyncIterator[None]:
    """End this process if the connection closes during the block."""
    watching = start_background(_watch(broker), "closed connection")
    try:
        yield
    finally:
        await cancel_and_wait(watching)


async def _watch(broker: Client) -> None:
    while True:
        await asyncio.sleep(LOOK_S)
        if broker.is_closed:
            break
    logger.critical(
        "the broker has ended the connection for good; this process ends, to be started again",
        extra={"error": str(broker.last_error or "")},
    )
    terminate()


def terminate() -> None:
    """Ask this process to end, as its supervisor does."""
    os.kill(os.getpid(), signal.SIGTERM)
