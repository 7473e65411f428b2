"""Reads a stream once, in order, from a sequence to its current end."""

import asyncio
from collections.abc import AsyncGenerator

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from shared.log.stored_messages import MESSAGE_TIMEOUT_S, read_batch

# How soon a node that does not know the newest messages yet is asked again.
RETRY_S = 0.05


async def read_to_end(broker: Client, name: str, after: int = 0, subject: str = "") -> AsyncGenerator[Msg, None]:
    """Yield every message after `after`, up to the last one at the start of the call. `subject`: a pattern.

    Raises:
        nats.errors.TimeoutError: the broker became unavailable.
    """
    stream = broker.jetstream()
    state = (await stream.stream_info(name)).state
    reached, waited = after, 0.0
    while state.messages and reached < state.last_seq:
        batch = await read_batch(broker, name, reached, subject)
        for message in batch.messages:
            if message.metadata.sequence.stream > state.last_seq:
                return
            yield message
        if batch.messages:
            reached, waited = batch.messages[-1].metadata.sequence.stream, 0.0
        elif waited >= MESSAGE_TIMEOUT_S or not await _has_message(stream, name, reached + 1, subject):
            return
        else:
            await asyncio.sleep(RETRY_S)
            waited += RETRY_S


async def _has_message(stream: JetStreamContext, name: str, sequence: int, subject: str) -> bool:
    """Return whether the stream's leader can read a message at this sequence or later: it counts damaged ones, too."""
    try:
        await stream.get_msg(name, seq=sequence, subject=subject or ">", next=True)
    except NotFoundError:
        return False
    return True
