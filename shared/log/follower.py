"""Follows a stream from a sequence on: in order, in batches, without gaps, through broker restarts."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as BrokerError
from nats.errors import TimeoutError as BrokerTimeout

from shared.log.stored_messages import Batch, read_batch
from shared.log.streams import STORED
from shared.tasks import cancel_and_wait

logger = logging.getLogger(__name__)

# A transaction costs as much for one event as for twenty, so pause this long to collect a batch.
PAUSE_S = 0.01
RETRY_S = 1.0
# The broker's word of a new message is lost while the connection is: so look for messages at least this often.
LOOK_EVERY_S = 1.0
LOG = "EVENTS"
# The broker names a message before all of its nodes know it.
MAX_REPEATS = 100

Apply = Callable[[Sequence[Msg]], Awaitable[None]]


class Follower:
    """Feeds a view from one stream. `apply` gets messages in stream order and must ignore repeated ones."""

    def __init__(
        self,
        broker: Client,
        stream: str,
        apply: Apply,
        subject: str = "",
        *,
        on_cut: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Follow the messages that match the pattern `subject`; empty: the whole stream.

        `on_cut` is called before the stream is read from its beginning again, because it has lost its end. The log is
        not: a log that has lost facts accepts no more.
        """
        self._broker = broker
        self.stream = stream
        self._subject = subject
        self._apply = apply
        self._on_cut = on_cut
        self._connections = -1
        self._stored = 0  # the highest sequence that the broker has named
        self._news = asyncio.Event()
        self._repeats = 0  # how often the broker was asked for a message that it had named
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
        while True:
            subscription = None
            try:
                subscription = await self._broker.subscribe(
                    f"{STORED}{self.stream}.{self._subject or '>'}", cb=self._note_stored
                )
                await self._feed()
            except BrokerTimeout:  # the broker restarts, or is slow: other parts of the service say so
                logger.warning("the broker does not answer a view", extra={"stream": self.stream})
                continue
            except Exception as error:  # report the error, then retry after the last applied sequence
                self.failing = f"{type(error).__name__}: {error}"
                logger.exception(
                    "a view is stopped by an error", extra={"stream": self.stream, "reached": self.last_applied}
                )
            finally:
                if subscription:
                    await _end(subscription)
            await asyncio.sleep(RETRY_S)

    async def _note_stored(self, message: Msg) -> None:
        self._stored = max(self._stored, int((message.headers or {}).get("Nats-Sequence", 0)))
        self._news.set()

    async def _feed(self) -> None:
        reading = self._read_after(self.last_applied)
        unreadable = self.failing is not None
        try:
            while True:
                batch = await reading
                if self._connections != self._broker.stats["reconnects"] and await self._was_cut():
                    reading = self._read_after(self.last_applied)
                    continue
                if unreadable and not batch.messages:  # the stream is there again; an idle one would not reset this
                    self.failing = None
                unreadable = False
                if not batch.messages:
                    await self._wait_for_news()
                    reading = self._read_after(self.last_applied)
                    continue
                reached = batch.messages[-1].metadata.sequence.stream
                if batch.waiting:  # read the next batch while this one is applied
                    reading = self._read_after(reached)
                await self._apply(batch.messages)
                await self._advance(reached)
                if not batch.waiting:
                    await asyncio.sleep(PAUSE_S)
                    await self._wait_for_news()
                    reading = self._read_after(reached)
        finally:
            await cancel_and_wait(reading)

    async def _was_cut(self) -> bool:
        """Begin again if the stream has lost its end at a restart of the broker: later messages take its sequences."""
        connections = self._broker.stats["reconnects"]
        end = (await self._broker.jetstream().stream_info(self.stream)).state.last_seq
        self._connections = connections
        if self.stream == LOG or end >= self.last_applied:
            return False
        logger.error(
            "a stream has lost its end and is read again",
            extra={"stream": self.stream, "reached": self.last_applied, "sequence": end},
        )
        self.last_applied = self._stored = 0
        if self._on_cut:
            await self._on_cut()
        return True

    def _read_after(self, sequence: int) -> "asyncio.Task[Batch]":
        return asyncio.create_task(read_batch(self._broker, self.stream, sequence, self._subject))

    async def _advance(self, reached: int) -> None:
        self.failing, self._repeats = None, 0
        async with self._advanced:
            self.last_applied = reached
            self._advanced.notify_all()

    async def _wait_for_news(self) -> None:
        """Return when the broker may have another message, at the latest after `LOOK_EVERY_S`."""
        self._news.clear()
        if self._stored > self.last_applied:  # the node that answered does not know it yet, or it is gone again
            self._repeats += 1
            if self._repeats < MAX_REPEATS:
                await asyncio.sleep(PAUSE_S)
                return
            self._stored = self.last_applied
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await self._news.wait()
        except TimeoutError:
            return


async def _end(subscription: Subscription) -> None:
    try:
        await subscription.unsubscribe()
    except BrokerError:
        logger.debug("the subscription had already ended")
