"""Reads a stream once, in order, from a sequence to its current end."""

from collections.abc import AsyncIterator

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig, DeliverPolicy

# A broker that sends nothing for this long in the middle of a stream is unavailable.
MESSAGE_TIMEOUT_S = 10.0


async def read_to_end(broker: Client, name: str, after: int = 0, subject: str = "") -> AsyncIterator[Msg]:
    """Yield every message after `after`, up to the last one at the start of the call. `subject`: a pattern.

    Raises:
        nats.errors.TimeoutError: the broker became unavailable.
    """
    stream = broker.jetstream()
    state = (await stream.stream_info(name)).state
    if not state.messages or state.last_seq <= after:
        return
    config = ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=after + 1)
    messages = await stream.subscribe(subject, stream=name, ordered_consumer=True, config=config)
    try:
        info = await messages.consumer_info()
        # Count messages that the broker has sent and this process has not received: the reply can overtake them.
        waiting = (info.num_pending or 0) + (info.delivered.consumer_seq if info.delivered else 0)
        while waiting:
            message = await messages.next_msg(timeout=MESSAGE_TIMEOUT_S)
            yield message
            waiting = message.metadata.num_pending
            if message.metadata.sequence.stream >= state.last_seq:
                return
    finally:
        await messages.unsubscribe()
