"""Following a stream from a sequence on: in order, in batches, without gaps, through broker restarts."""

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

# Large enough that a view's transaction costs little per event, small enough to answer requests in between.
BATCH = 512
# What may wait in this process before the broker is slowed down by its flow control.
WAITING = 4 * BATCH
# A transaction costs as much for one event as for twenty: what comes meanwhile waits this long for the next one.
PAUSE_S = 0.01
RETRY_S = 1.0
# A follower that a restarted broker has forgotten notices after two silent heartbeats, not after nats-py's 20 s.
HEARTBEAT_S = 1.0

Apply = Callable[[Sequence[Msg]], Awaitable[None]]


class Follower:
    """Feeds a view from one stream. `apply` gets messages in stream order; it must ignore what it has seen."""

    def __init__(self, broker: Client, stream: str, apply: Apply, subject: str = "") -> None:
        """`subject`: follow only what matches this pattern; empty: the whole stream."""
        self._broker = broker
        self.stream = stream
        self._subject = subject
        self._apply = apply
        self._waiting: deque[Msg] = deque()
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._task: asyncio.Task[None] | None = None
        self.reached = 0  # the last sequence that `apply` has taken
        self.failing: str | None = None  # why the view stands still, if it does
        self._moved = asyncio.Condition()

    def start(self, after: int) -> None:
        """Follow from the sequence behind `after` in the background."""
        self.reached = after
        self._task = asyncio.create_task(self._run(), name=f"follow-{self.stream}")

    async def wait_for(self, sequence: int, timeout: float) -> bool:
        """Wait until the view has taken a sequence; False when `timeout` seconds were not enough."""
        try:
            async with asyncio.timeout(timeout), self._moved:
                await self._moved.wait_for(lambda: self.reached >= sequence)
        except TimeoutError:
            return False
        return True

    async def lag(self) -> int:
        """How many sequences the view is behind the stream."""
        info = await self._broker.jetstream(timeout=2).stream_info(self.stream)
        return max(0, info.state.last_seq - self.reached)

    async def close(self) -> None:
        """Stop following."""
        await cancel_and_wait(self._task)

    async def _run(self) -> None:
        unreached = False
        while True:
            subscription = None
            try:
                subscription = await self._subscribe()
                if unreached:  # nothing is wrong any more; a stream that rests would not say so
                    self.failing = None
                await self._feed()
            except Exception as error:  # a view that cannot go on says why and tries again from where it is
                unreached = subscription is None
                self.failing = f"{type(error).__name__}: {error}"
                logger.exception("a view stands still", extra={"stream": self.stream, "reached": self.reached})
            finally:
                if subscription:
                    await _end(subscription)
            await asyncio.sleep(RETRY_S)

    async def _subscribe(self) -> JetStreamContext.PushSubscription:
        self._waiting.clear()
        self._arrived.clear()
        self._room.set()
        return await self._broker.jetstream().subscribe(
            self._subject,
            stream=self.stream,
            cb=self._take,
            ordered_consumer=True,
            idle_heartbeat=HEARTBEAT_S,
            config=ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=self.reached + 1),
        )

    async def _take(self, message: Msg) -> None:
        await self._room.wait()
        self._waiting.append(message)
        self._arrived.set()
        if len(self._waiting) >= WAITING:
            self._room.clear()

    async def _feed(self) -> None:
        while True:
            await self._arrived.wait()
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            if not self._waiting:
                self._arrived.clear()
            self._room.set()
            await self._apply(batch)
            self.failing = None
            async with self._moved:
                self.reached = batch[-1].metadata.sequence.stream
                self._moved.notify_all()
            if len(self._waiting) < BATCH:
                await asyncio.sleep(PAUSE_S)


async def _end(subscription: JetStreamContext.PushSubscription) -> None:
    try:
        await subscription.unsubscribe()
    except BrokerError:
        logger.debug("the subscription was gone already")
