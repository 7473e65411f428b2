"""Follows a stream from a sequence on: in order, in batches, without gaps, through broker restarts."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as BrokerError
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy

from shared.tasks import cancel_and_wait

logger = logging.getLogger(__name__)

# Large enough that a view's transaction costs little per event, small enough to serve requests in between.
BATCH = 512
# Messages buffered in this process before flow control slows the broker down.
MAX_BUFFERED = 4 * BATCH
# A transaction costs as much for one event as for twenty, so pause this long to collect a batch.
PAUSE_S = 0.01
RETRY_S = 1.0
# After a broker restart the subscription is re-created after two missed heartbeats, not after nats-py's 20 s.
HEARTBEAT_S = 1.0

Apply = Callable[[Sequence[Msg]], Awaitable[None]]


class Follower:
    """Feeds a view from one stream. `apply` gets messages in stream order and must ignore repeated ones."""

    def __init__(self, broker: Client, stream: str, apply: Apply, subject: str = "") -> None:
        """Follow the messages that match the pattern `subject`; empty: the whole stream."""
        self._broker = broker
        self.stream = stream
        self._subject = subject
        self._apply = apply
        self._buffer: deque[Msg] = deque()
        self._not_empty = asyncio.Event()
        self._not_full = asyncio.Event()
        self._not_full.set()
        self._task: asyncio.Task[None] | None = None
        self.last_applied = 0  # the sequence of the last message that `apply` has processed
        self.failing: str | None = None  # the error that stops the view, if any
        self._advanced = asyncio.Condition()

    def start(self, after: int) -> None:
        """Follow the stream after the sequence `after`, in the background."""
        self.last_applied = after
        self._task = asyncio.create_task(self._run(), name=f"follow-{self.stream}")

    async def wait_for(self, sequence: int, timeout: float) -> bool:
        """Wait until the view has applied a sequence; return False after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout), self._advanced:
                await self._advanced.wait_for(lambda: self.last_applied >= sequence)
        except TimeoutError:
            return False
        return True

    async def lag(self) -> int:
        """Return how many sequences the view is behind the stream."""
        info = await self._broker.jetstream(timeout=2).stream_info(self.stream)
        return max(0, info.state.last_seq - self.last_applied)

    async def close(self) -> None:
        """Stop following."""
        await cancel_and_wait(self._task)

    async def _run(self) -> None:
        unconnected = False
        while True:
            subscription = None
            try:
                subscription = await self._subscribe()
                if unconnected:  # the connection works again; an idle stream would not reset the error
                    self.failing = None
                await self._feed()
            except Exception as error:  # report the error, then retry after the last applied sequence
                unconnected = subscription is None
                self.failing = f"{type(error).__name__}: {error}"
                logger.exception(
                    "a view is stopped by an error", extra={"stream": self.stream, "reached": self.last_applied}
                )
            finally:
                if subscription:
                    await _end(subscription)
            await asyncio.sleep(RETRY_S)

    async def _subscribe(self) -> JetStreamContext.PushSubscription:
        self._buffer.clear()
        self._not_empty.clear()
        self._not_full.set()
        return await self._broker.jetstream().subscribe(
            self._subject,
            stream=self.stream,
            cb=self._receive,
            ordered_consumer=True,
            idle_heartbeat=HEARTBEAT_S,
            config=ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=self.last_applied + 1),
        )

    async def _receive(self, message: Msg) -> None:
        await self._not_full.wait()
        self._buffer.append(message)
        self._not_empty.set()
        if len(self._buffer) >= MAX_BUFFERED:
            self._not_full.clear()

    async def _feed(self) -> None:
        while True:
            await self._not_empty.wait()
            batch = [self._buffer.popleft() for _ in range(min(BATCH, len(self._buffer)))]
            if not self._buffer:
                self._not_empty.clear()
            self._not_full.set()
            await self._apply(batch)
            self.failing = None
            async with self._advanced:
                self.last_applied = batch[-1].metadata.sequence.stream
                self._advanced.notify_all()
            if len(self._buffer) < BATCH:
                await asyncio.sleep(PAUSE_S)


async def _end(subscription: JetStreamContext.PushSubscription) -> None:
    try:
        await subscription.unsubscribe()
    except BrokerError:
        logger.debug("the subscription had already ended")
