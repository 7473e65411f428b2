"""Reading a stream once, from a sequence to its present end, in order."""

from collections.abc import AsyncIterator

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig, DeliverPolicy

# A broker that says nothing for this long in the middle of a stream is away.
SILENCE_S = 10.0


async def read_stream(broker: Client, name: str, after: int = 0, subject: str = "") -> AsyncIterator[Msg]:
    """Every message behind `after`, up to what is last when the reading begins. `subject`: a pattern.

    Raises:
        nats.errors.TimeoutError: the broker went away meanwhile.
    """
    stream = broker.jetstream()
    state = (await stream.stream_info(name)).state
    if not state.messages or state.last_seq <= after:
        return
    config = ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=after + 1)
    messages = await stream.subscribe(subject, stream=name, ordered_consumer=True, config=config)
    try:
        info = await messages.consumer_info()
        # What the broker has sent may still be on its way here: the answer can overtake it.
        waiting = (info.num_pending or 0) + (info.delivered.consumer_seq if info.delivered else 0)
        while waiting:
            message = await messages.next_msg(timeout=SILENCE_S)
            yield message
            waiting = message.metadata.num_pending
            if message.metadata.sequence.stream >= state.last_seq:
                return
    finally:
        await messages.unsubscribe()
