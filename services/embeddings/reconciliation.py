"""Reconciliation: compares the index with the log on a schedule or on request, and repairs what differs."""

import asyncio
import logging
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from functools import partial
from time import monotonic

from nats.aio.client import Client

from services.embeddings.domain import PostPoint
from services.embeddings.handlers import Indexer
from services.embeddings.index_differences import Differences, ReadableIndex, StoredPoint, differences, published
from services.embeddings.latest_facts import OnProgress, last_sequence, read_latest_facts
from services.embeddings.projections import LatestFacts
from shared.log.events import Event, PostDecided
from shared.log.handler_runner import PoisonMessage
from shared.log.streams import INDEX_POST
from shared.security.data_keys import KeyLost
from shared.telemetry.metrics import INDEX_REPAIRS, Metrics

logger = logging.getLogger(__name__)

# As many posts as the durable has in flight: concurrent posts share encoder passes and flushes.
CONCURRENCY = INDEX_POST.in_flight
FIRST_AFTER_S = 300.0  # from the start to the first scheduled comparison, unless the interval is shorter
CATCH_UP_POLL_S = 0.2
NO_KEY, KEY_LOST = "its author's key is gone", "its author's data key is lost"


class NotCaughtUp(Exception):
    """Facts wait to be indexed, so the index cannot be compared with the log yet."""


@dataclass(frozen=True)
class Order:
    """The extent of a comparison. `by` says who ordered it.

    `contents`: how many posts are compared by words and vector, the next ones each time; None: all. Each costs a pass
    of the encoder, about 10 ms. `catch_up_s`: how long to wait until the facts read have been indexed.
    """

    repair: bool
    by: str
    contents: int | None
    catch_up_s: float


SCHEDULED = Order(repair=True, by="in a scheduled comparison", contents=1_000, catch_up_s=10.0)


@dataclass
class Comparison:
    """The result of a comparison.

    `compared`: published posts; `contents`: those whose words and vectors were compared too. `unreadable`: post → why
    its text cannot be read from the log, so that it cannot be in the index.
    """

    found: Differences = field(default_factory=Differences)
    compared: int = 0
    contents: int = 0
    unreadable: dict[str, str] = field(default_factory=dict)


class Reconciliation:
    """Compares one index with the log, which stays in use. One comparison runs at a time."""

    def __init__(
        self, indexer: Indexer, index: ReadableIndex, broker: Client, metrics: Metrics, *, every_s: float
    ) -> None:
        """`every_s`: seconds between two scheduled comparisons."""
        self._indexer, self._index, self._broker, self._metrics = indexer, index, broker, metrics
        self._every_s = every_s
        self._next_check = monotonic() + min(FIRST_AFTER_S, every_s)
        self._compared_up_to = 0  # the sequence of the last decision whose content was compared
        self._lock = asyncio.Lock()
        self.last_repairs = ""  # what was repaired last, when, and who ordered it

    async def check_if_due(self) -> None:
        """Compare and repair if the interval has passed; after an attempt that had to wait too long, sooner."""
        if monotonic() < self._next_check:
            return
        try:
            unreadable = (await self.compare(SCHEDULED, _ignore)).unreadable
            sooner = KEY_LOST in unreadable.values()  # the operator may put the key back
            self._next_check = monotonic() + (min(FIRST_AFTER_S, self._every_s) if sooner else self._every_s)
        except NotCaughtUp:
            self._next_check = monotonic() + min(FIRST_AFTER_S, self._every_s)

    async def compare(self, order: Order, on_progress: OnProgress) -> Comparison:
        """Compare the index with the log, and repair it if ordered.

        Raises:
            NotCaughtUp: facts wait to be indexed for longer than the order waits.
            services.embeddings.domain.IndexUnavailable: the index does not answer.
            nats.errors.Error: the broker does not answer.
        """
        async with self._lock:
            latest, last = await read_latest_facts(self._broker, on_progress)
            await self._catch_up(latest, order.catch_up_s, on_progress)
            stored = await self._index.stored()
            found = differences(latest, stored, last, await last_sequence(self._broker))
            expected = published(latest)
            comparison = Comparison(found, len(expected))
            equal = [event for event, _ in expected.values() if _is_of(stored.get(event.entity_id), event)]
            await self._compare_contents(comparison, self._next_of(equal, order.contents), on_progress)
            await self._set_unreadable_apart(comparison)
            if order.repair:
                await self._repair(comparison.found, on_progress)
                self._report(comparison.found, order.by)
            return comparison

    async def _catch_up(self, latest: LatestFacts, within_s: float, on_progress: OnProgress) -> None:
        """Wait until the durable has handled all of these facts."""
        wanted = max((event.sequence for event in latest.events()), default=0)
        until = monotonic() + within_s
        while (handled := await self._handled()) < wanted:
            if monotonic() >= until:
                raise NotCaughtUp(f"facts wait to be indexed (handled up to {handled} of {wanted})")
            on_progress(f"waiting for facts to be indexed: {handled} of {wanted}")
            await asyncio.sleep(CATCH_UP_POLL_S)

    async def _handled(self) -> int:
        durable = await self._broker.jetstream(timeout=2).consumer_info("EVENTS", INDEX_POST.durable)
        return (durable.ack_floor.stream_seq if durable.ack_floor else 0) or 0

    def _next_of(self, events: list[Event], count: int | None) -> list[Event]:
        """Return the decisions whose contents are compared now, and remember where the next comparison goes on."""
        ordered = sorted(events, key=lambda event: event.sequence)
        if count is None or count >= len(ordered):
            return ordered
        first = bisect_right(ordered, self._compared_up_to, key=lambda event: event.sequence)
        chosen = (ordered[first:] + ordered[:first])[:count]
        self._compared_up_to = chosen[-1].sequence
        return chosen

    async def _compare_contents(self, comparison: Comparison, events: list[Event], on_progress: OnProgress) -> None:
        wrong: list[tuple[Event, int]] = []
        for at in range(0, len(events), CONCURRENCY):
            batch = events[at : at + CONCURRENCY]
            on_progress(f"comparing words and vectors: {comparison.contents} of {len(events)}")
            points = await asyncio.gather(*(self._point(event, comparison.unreadable) for event in batch))
            differing = await self._index.differing([point for point in points if point])
            wrong += [(event, event.sequence) for event in batch if event.entity_id in differing]
            comparison.contents += len(batch)
        comparison.found = replace(comparison.found, wrong=(*comparison.found.wrong, *wrong))

    async def _point(self, event: Event, unreadable: dict[str, str]) -> PostPoint | None:
        """Return the point that a published post should have; None if its text cannot be read."""
        try:
            point = await self._indexer.point_of(event, _decision(event))
        except PoisonMessage as error:
            unreadable[event.entity_id] = str(error)
            return None
        except KeyLost:
            unreadable[event.entity_id] = KEY_LOST
            return None
        if point is None:
            unreadable[event.entity_id] = NO_KEY
        return point

    async def _set_unreadable_apart(self, comparison: Comparison) -> None:
        """Move posts whose text cannot be read from the differences to `unreadable`: nothing repairs them."""
        found = comparison.found
        for event in (*found.missing, *found.stale, *(event for event, _ in found.wrong)):
            try:
                if await self._indexer.posts.of(event.entity_id, _decision(event)) is None:
                    comparison.unreadable[event.entity_id] = NO_KEY
            except PoisonMessage as error:
                comparison.unreadable[event.entity_id] = str(error)
            except KeyLost:
                comparison.unreadable[event.entity_id] = KEY_LOST
        comparison.found = found.without(comparison.unreadable.keys())

    async def _repair(self, found: Differences, on_progress: OnProgress) -> None:
        """Index missing and stale posts again, put a tombstone on extra ones, and overwrite wrong points.

        A newer fact that is indexed meanwhile stays.
        """
        repairs = [partial(self._indexer.index_post, event) for event in (*found.missing, *found.stale)]
        repairs += [partial(self._overwrite, event, seen) for event, seen in found.wrong]
        for at in range(0, len(repairs), CONCURRENCY):
            on_progress(f"repairing: {at} of {found.count} posts")
            async with asyncio.TaskGroup() as group:
                for repair in repairs[at : at + CONCURRENCY]:
                    group.create_task(repair())
        for post_id, source_seq in found.extra:
            await self._index.remove(post_id, source_seq + 1)

    async def _overwrite(self, event: Event, seen: int) -> None:
        point = await self._point(event, {})
        if point:
            await self._index.overwrite(point, seen)

    def _report(self, found: Differences, by: str) -> None:
        if not found.count:
            return
        logger.warning("the index differed from the log", extra={"reason": str(found)})
        for difference, posts in found.posts().items():
            if posts:
                self._metrics.count(INDEX_REPAIRS, {"difference": difference}, len(posts))
        self.last_repairs = f"{found} repaired on {self._indexer.clock():%Y-%m-%d %H:%M} UTC {by}"


def _is_of(point: StoredPoint | None, event: Event) -> bool:
    decision = _decision(event)
    return point is not None and (point.source_seq, point.revision, point.is_live) == (
        event.sequence,
        decision.revision,
        True,
    )


def _decision(event: Event) -> PostDecided:
    assert isinstance(event.data, PostDecided)
    return event.data


def _ignore(_progress: str) -> None:
    """A scheduled comparison reports no progress."""
