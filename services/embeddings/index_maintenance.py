"""Index maintenance: builds the index from the log when it is new or was lost, and optimizes it when it is large."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as BrokerError

from services.embeddings.domain import BUILT_MARKER, LOG_MARKER, IndexUnavailable
from services.embeddings.index_differences import Differences, ReadableIndex, differences
from services.embeddings.projections import LatestFacts, apply_fact
from shared.log.append import ConcurrencyConflict, UnknownOutcome
from shared.log.events import DecodeError, Event, decode
from shared.log.follower import Follower
from shared.log.handler_runner import PoisonMessage
from shared.log.streams import INDEX_POST
from shared.model.encoder import PassFailed
from shared.tasks import cancel_and_wait, failure_reason, start_background

logger = logging.getLogger(__name__)

# As many posts as the durable has in flight: concurrent posts share encoder passes and flushes.
CONCURRENCY = INDEX_POST.in_flight
PROGRESS_EVERY_S = 5.0  # how often a long replay updates its state
# Temporary failures: the index or the broker is unreachable, another process has the folder, the disk is full, the
# encoder got no memory, or another writer of the same fact was faster.
FAILURES = (IndexUnavailable, BrokerError, OSError, PassFailed, UnknownOutcome, ConcurrencyConflict)
MICROSECONDS = 1_000_000
EMPTIED = "damaged: it is built from the log again"
RECONCILE_AFTER_S, RECONCILE_EVERY_S = 300.0, 21_600.0  # the first comparison with the log, and the next ones
LOOK_S = 0.5  # how soon the build of an index begins that was emptied after damage
_SUBJECTS = frozenset(fact.subject("").rstrip(".") for fact in INDEX_POST.facts)


class IndexMaintenance:
    """Maintains one index in the background."""

    def __init__(self, index: ReadableIndex, broker: Client, index_post: Callable[[Event], Awaitable[None]]) -> None:
        self._index, self._broker, self._index_post = index, broker, index_post
        self._task: asyncio.Task[None] | None = None
        self._state = "starting"
        self._shows_progress = True

    @property
    def state(self) -> str:
        """`ok`, or the current work or failure."""
        return failure_reason(self._task) or (EMPTIED if self._index.emptied else self._state)

    def start(self, optimize_from: int, every_s: float) -> None:
        """Start, or restart after a failure; does nothing while it runs.

        Args:
            optimize_from: optimize the index once if it has at least this many posts.
            every_s: seconds between two checks that the index is there.
        """
        if self._task is None or self._task.done():
            self._task = start_background(self._run(optimize_from, every_s), "index-maintenance")

    async def close(self) -> None:
        """Stop."""
        await cancel_and_wait(self._task)

    async def ensure_built(self) -> None:
        """Prepare the index, and build it from the log if it has never been built, or was emptied after damage."""
        await self._index.prepare()
        if self._index.emptied:
            self._state, self._index.emptied = EMPTIED, False
        await self._clear_if_of_another_log()
        if await self._index.sequence(BUILT_MARKER) == 0:
            await self._build()
        self._state = "ok"

    async def reconcile(self) -> Differences | None:
        """Compare the index with the log, and repair it. Returns what was found; None while facts wait to be indexed.

        The latest facts of missing and stale posts are indexed again; a tombstone replaces each extra point. The index
        stays in use, so the state remains `ok`.
        """
        self._shows_progress = False
        try:
            return await self._reconcile()
        finally:
            self._shows_progress = True

    async def _reconcile(self) -> Differences | None:
        latest, last = await self._read_log()
        durable = await self._broker.jetstream(timeout=2).consumer_info("EVENTS", INDEX_POST.durable)
        handled = durable.ack_floor.stream_seq if durable.ack_floor else 0
        if handled < max((event.sequence for event in latest.events()), default=0):
            return None
        found = differences(latest, await self._index.stored(), last)
        await self._index_all([*found.missing, *found.stale])
        for post_id, source_seq in found.extra:
            await self._index.remove(post_id, source_seq + 1)
        if found.count:
            logger.warning("the index differed from the log", extra={"reason": str(found)})
        return found

    async def _build(self) -> None:
        """Index all published posts of the log; newer writes that arrive meanwhile stay."""
        latest, last = await self._read_log()
        await self._index_all(latest.events())
        await self._index.remove(BUILT_MARKER, max(1, last))

    async def _read_log(self) -> tuple[LatestFacts, int]:
        """Return the latest facts, and the sequence up to which the log was read."""
        latest, last = LatestFacts(), await self._last_sequence()

        async def apply(messages: Sequence[Msg]) -> None:
            for message in messages:
                if message.subject.rsplit(".", 1)[0] in _SUBJECTS:
                    _fold(latest, message)

        follower = Follower(self._broker, "EVENTS", apply)
        follower.start(after=0)
        try:
            while last and not await follower.wait_for(last, PROGRESS_EVERY_S):
                self._show(f"reading the log: {follower.last_applied} of {last}")
        finally:
            await follower.close()
        return latest, last

    def _show(self, progress: str) -> None:
        if self._shows_progress:
            self._state = progress

    async def _index_all(self, events: list[Event]) -> None:
        for at in range(0, len(events), CONCURRENCY):
            self._show(f"building: {at} of {len(events)} posts")
            async with asyncio.TaskGroup() as group:
                for event in events[at : at + CONCURRENCY]:
                    group.create_task(self._index_one(event))

    async def _index_one(self, event: Event) -> None:
        try:
            await self._index_post(event)
        except PoisonMessage as error:  # the durable has already written its dead letter
            logger.warning("skipped a post", extra={"entity_id": event.entity_id, "reason": str(error)})

    async def _run(self, optimize_from: int, every_s: float) -> None:
        optimized, next_check = False, monotonic() + RECONCILE_AFTER_S
        while True:
            try:
                await self.ensure_built()
                if not optimized and await self._index.count() >= optimize_from:
                    self._state = "optimizing"
                    await self._index.optimize()
                    self._state = "ok"
                optimized = True
                if monotonic() >= next_check:
                    found = await self.reconcile()
                    next_check = monotonic() + (RECONCILE_AFTER_S if found is None else RECONCILE_EVERY_S)
            except* FAILURES as failed:
                self._state = "; ".join(sorted(set(map(_reason, failed.exceptions))))
                logger.warning("the index is not available", extra={"reason": self._state})
            for _ in range(max(1, round(every_s / LOOK_S))):
                if not self._index.emptied:
                    await asyncio.sleep(min(every_s, LOOK_S))

    async def _clear_if_of_another_log(self) -> None:
        """Clear an index that was built from another log, as before a restore: it has posts that this log lacks."""
        created = (await self._broker.jetstream(timeout=2).stream_info("EVENTS")).created
        current = int(created.timestamp() * MICROSECONDS) if created else 0
        stored = await self._index.sequence(LOG_MARKER)
        if stored not in (0, current):
            logger.warning("the index belongs to another log and is rebuilt")
            await self._index.clear()
        if stored != current:
            await self._index.remove(LOG_MARKER, current)

    async def _last_sequence(self) -> int:
        return (await self._broker.jetstream(timeout=2).stream_info("EVENTS")).state.last_seq


def _fold(latest: LatestFacts, message: Msg) -> None:
    try:
        apply_fact(latest, decode(message.data, message.metadata.sequence.stream, message.subject))
    except DecodeError:
        logger.warning("skipped a message that is not a fact", extra={"sequence": message.metadata.sequence.stream})


def _reason(error: Exception) -> str:
    # Without the folder: everyone may read the health report, which must not show paths.
    return f"{type(error).__name__}: {error.strerror if isinstance(error, OSError) else error}"
