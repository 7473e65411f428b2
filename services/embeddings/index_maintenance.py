"""Index maintenance: builds the index from the log when it is new or was lost, and optimizes it when it is large."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator

from nats.aio.client import Client
from nats.errors import Error as BrokerError

from services.embeddings.domain import BUILT_MARKER, LOG_MARKER, IndexUnavailable
from services.embeddings.latest_facts import read_latest_facts
from services.embeddings.post_index import PostIndex
from shared.log.append import ConcurrencyConflict, UnknownOutcome
from shared.log.events import Event
from shared.log.handler_runner import PoisonMessage
from shared.log.streams import INDEX_POST
from shared.model.encoder import PassFailed
from shared.security.data_keys import KeyLost
from shared.tasks import cancel_and_wait, failure_reason, start_background

logger = logging.getLogger(__name__)

# As many posts as the durable has in flight: concurrent posts share encoder passes and flushes.
CONCURRENCY = INDEX_POST.in_flight
# Temporary failures: the index or the broker is unreachable, another process has the folder, the disk is full, the
# encoder got no memory, or another writer of the same fact was faster.
FAILURES = (IndexUnavailable, BrokerError, OSError, PassFailed, UnknownOutcome, ConcurrencyConflict)
MICROSECONDS = 1_000_000
EMPTIED = "damaged: it is built from the log again"
LOOK_S = 0.5  # how soon the build of an index begins that was emptied after damage


class IndexMaintenance:
    """Maintains one index in the background."""

    def __init__(
        self,
        index: PostIndex,
        broker: Client,
        index_post: Callable[[Event], Awaitable[None]],
        check: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`check` is called whenever the index is there; it compares the index with the log if that is due."""
        self._index, self._broker, self._index_post, self._check = index, broker, index_post, check
        self._task: asyncio.Task[None] | None = None
        self._state = "starting"
        self.locked: set[str] = set()  # posts left out of the last build or comparison because a data key is lost

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

    async def _build(self) -> None:
        """Index all published posts of the log; newer writes that arrive meanwhile stay."""
        latest, last = await read_latest_facts(self._broker, self._show)
        await self._index_all(latest.events())
        await self._index.remove(BUILT_MARKER, max(1, last))

    def _show(self, progress: str) -> None:
        self._state = progress

    async def _index_all(self, events: list[Event]) -> None:
        self.locked.clear()
        for at in range(0, len(events), CONCURRENCY):
            self._show(f"building: {at} of {len(events)} posts")
            async with asyncio.TaskGroup() as group:
                for event in events[at : at + CONCURRENCY]:
                    group.create_task(self._index_one(event))

    async def _index_one(self, event: Event) -> None:
        try:
            await self._index_post(event)
        except KeyLost:  # a later comparison indexes it if the key has come back
            self.locked.add(event.entity_id)
        except PoisonMessage as error:  # the durable has already written its dead letter
            logger.warning("skipped a post", extra={"entity_id": event.entity_id, "reason": str(error)})

    async def _run(self, optimize_from: int, every_s: float) -> None:
        optimized = False
        while True:
            try:
                await self.ensure_built()
                if not optimized and await self._index.count() >= optimize_from:
                    self._state = "optimizing"
                    await self._index.optimize()
                    self._state = "ok"
                optimized = True
                if self._check:
                    await self._check()
            except* FAILURES as failed:
                self._state = failure_text(failed)
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


def failure_text(failed: ExceptionGroup[Exception]) -> str:
    """Return the temporary failures of a piece of work as one line."""
    return "; ".join(sorted({_reason(error) for error in _leaves(failed)}))


def _leaves(failed: ExceptionGroup[Exception]) -> Iterator[Exception]:
    for error in failed.exceptions:
        if isinstance(error, ExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def _reason(error: Exception) -> str:
    # Without the folder: everyone may read the health report, which must not show paths.
    return f"{type(error).__name__}: {error.strerror if isinstance(error, OSError) else error}"
