"""Keeps the index there: built from the log where it is new or was lost, optimized where it is large."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as BrokerError

from services.embeddings.domain import BUILT, LOG, IndexUnavailable, PostIndex
from services.embeddings.projections import Standing, apply_fact
from shared.log.append import ConcurrencyConflict, UnknownOutcome
from shared.log.delivery import PoisonMessage
from shared.log.events import DecodeError, Event, decode
from shared.log.follower import Follower
from shared.log.streams import INDEX_POST
from shared.model.encoder import PassFailed
from shared.tasks import cancel_and_wait, failure_reason, start_background

logger = logging.getLogger(__name__)

# As many at once as the durable has in flight: they share encoder passes and flushes.
AT_ONCE = INDEX_POST.in_flight
REPLAY_LOOK_S = 5.0  # how often a long replay says where it is
# What heals by itself: the index or the broker is away, the folder is another process's, its disk is full, the encoder
# found no memory, or a writer of the same fact was faster.
FAILURES = (IndexUnavailable, BrokerError, OSError, PassFailed, UnknownOutcome, ConcurrencyConflict)
MICROSECONDS = 1_000_000
_SUBJECTS = frozenset(fact.subject("").rstrip(".") for fact in INDEX_POST.facts)


class Upkeep:
    """Looks after one index in the background."""

    def __init__(self, index: PostIndex, broker: Client, index_post: Callable[[Event], Awaitable[None]]) -> None:
        self._index, self._broker, self._index_post = index, broker, index_post
        self._task: asyncio.Task[None] | None = None
        self._state = "starting"

    @property
    def state(self) -> str:
        """`ok`, or what is going on."""
        return failure_reason(self._task) or self._state

    def start(self, optimize_from: int, every_s: float) -> None:
        """Begin: optimize an index of at least so many posts, then look after it every so many seconds.

        Begin again, if it failed; where it runs, there is nothing to do.
        """
        if self._task is None or self._task.done():
            self._task = start_background(self._run(optimize_from, every_s), "upkeep")

    async def close(self) -> None:
        """Stop looking after it."""
        await cancel_and_wait(self._task)

    async def look(self) -> None:
        """Prepare the index, and build it from the log where it has never been built."""
        await self._index.prepare()
        await self._belong()
        if await self._index.sequence(BUILT) == 0:
            await self.rebuild()
        self._state = "ok"

    async def rebuild(self) -> None:
        """Bring in all that the log says is published; writes that come meanwhile are newer and stay."""
        standing, last = Standing(), await self._last_sequence()

        async def apply(messages: Sequence[Msg]) -> None:
            for message in messages:
                if message.subject.rsplit(".", 1)[0] in _SUBJECTS:
                    _fold(standing, message)

        follower = Follower(self._broker, "EVENTS", apply)
        follower.start(after=0)
        try:
            while last and not await follower.wait_for(last, REPLAY_LOOK_S):
                self._state = f"reading the log: {follower.reached} of {last}"
        finally:
            await follower.close()
        await self._index_all(standing.events())
        await self._index.remove(BUILT, max(1, last))

    async def _index_all(self, events: list[Event]) -> None:
        for at in range(0, len(events), AT_ONCE):
            self._state = f"building: {at} of {len(events)} posts"
            async with asyncio.TaskGroup() as group:
                for event in events[at : at + AT_ONCE]:
                    group.create_task(self._bring_in(event))

    async def _bring_in(self, event: Event) -> None:
        try:
            await self._index_post(event)
        except PoisonMessage as error:  # its dead letter was written when the durable met it
            logger.warning("passed over", extra={"entity_id": event.entity_id, "reason": str(error)})

    async def _run(self, optimize_from: int, every_s: float) -> None:
        optimized = False
        while True:
            try:
                await self.look()
                if not optimized and await self._index.count() >= optimize_from:
                    self._state = "optimizing"
                    await self._index.optimize()
                    self._state = "ok"
                optimized = True
            except* FAILURES as failed:
                self._state = "; ".join(sorted(set(map(_reason, failed.exceptions))))
                logger.warning("the index is not there", extra={"reason": self._state})
            await asyncio.sleep(every_s)

    async def _belong(self) -> None:
        """Empty an index of another log, as after a restore: it holds what this one never said."""
        created = (await self._broker.jetstream(timeout=2).stream_info("EVENTS")).created
        made = int(created.timestamp() * MICROSECONDS) if created else 0
        standing = await self._index.sequence(LOG)
        if standing not in (0, made):
            logger.warning("the index is of another log and is built anew")
            await self._index.clear()
        if standing != made:
            await self._index.remove(LOG, made)

    async def _last_sequence(self) -> int:
        return (await self._broker.jetstream(timeout=2).stream_info("EVENTS")).state.last_seq


def _fold(standing: Standing, message: Msg) -> None:
    try:
        apply_fact(standing, decode(message.data, message.metadata.sequence.stream))
    except DecodeError:
        logger.warning("not a fact", extra={"sequence": message.metadata.sequence.stream})


def _reason(error: Exception) -> str:
    # Without the folder, which is nothing for everybody who may ask how the parts are.
    return f"{type(error).__name__}: {error.strerror if isinstance(error, OSError) else error}"
