"""Folding batches of a stream without keeping the event loop from answering."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from nats.aio.msg import Msg

from shared.log.events import DecodeError
from shared.log.signals import Signal, decode_signal

logger = logging.getLogger(__name__)

# Messages between two looks at waiting requests: about 2 ms of folding.
YIELD_EVERY = 64


async def fold_signals(messages: Sequence[Msg], take: Callable[[Signal], object]) -> None:
    """Hand signals to `take` in stream order; bytes that are no signal are passed over, as every view does."""
    for at, message in enumerate(messages):
        sequence = message.metadata.sequence.stream
        try:
            take(decode_signal(message.data, sequence))
        except DecodeError:
            logger.warning("not a signal", extra={"sequence": sequence})
        if at % YIELD_EVERY == YIELD_EVERY - 1:
            await asyncio.sleep(0)
