"""Reads a stream once, in order, from a sequence to its current end."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import TimeoutError as BrokerTimeout
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

# A broker that sends nothing for this long in the middle of a stream is unavailable.
MESSAGE_TIMEOUT_S = 10.0
# After this time without a message, ask if there is one: the broker counts damaged messages but does not send them.
DAMAGE_CHECK_S = 1.0


async def read_to_end(broker: Client, name: str, after: int = 0, subject: str = "") -> AsyncGenerator[Msg, None]:
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
    reached = after
    try:
        info = await messages.consumer_info()
        # Count messages that the broker has sent and this process has not received: the reply can overtake them.
        waiting = (info.num_pending or 0) + (info.delivered.consumer_seq if info.delivered else 0)
        while waiting:
            message = await _next(messages, partial(_has_message, stream, name, reached + 1, subject))
            if message is None:
                return
            yield message
            waiting, reached = message.metadata.num_pending, message.metadata.sequence.stream
            if reached >= state.last_seq:
                return
    finally:
        await messages.unsubscribe()


async def _next(messages: JetStreamContext.PushSubscription, has_more: Callable[[], Awaitable[bool]]) -> Msg | None:
    """Return the next message; None if the broker has none that it can read."""
    waited = 0.0
    while True:
        try:
            return await messages.next_msg(timeout=DAMAGE_CHECK_S)
        except BrokerTimeout:
            waited += DAMAGE_CHECK_S
            if not await has_more():
                return None
            if waited >= MESSAGE_TIMEOUT_S:
                raise


async def _has_message(stream: JetStreamContext, name: str, sequence: int, subject: str) -> bool:
    """Return whether the broker can read a message at this sequence or later."""
    try:
        await stream.get_msg(name, seq=sequence, subject=subject or ">", next=True)
    except NotFoundError:
        return False
    return True
