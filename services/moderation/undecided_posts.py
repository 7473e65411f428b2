"""Finds posts without a decision that the broker would not deliver any more, and has them decided.

The broker keeps a consumer's progress in a file without a checksum. If that file is damaged or comes from another time,
the consumer goes on behind facts that nobody has handled. The log alone says which posts have no decision.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as BrokerError
from nats.js.errors import APIError

from services.moderation.post_history import is_obsolete
from shared.log.append import Log
from shared.log.events import DecodeError, PostDecided, PostEdited, PostSubmitted, PostWithdrawn
from shared.log.losses import as_ranges
from shared.log.operator_requests import RedeliverReply
from shared.log.read_to_end import read_to_end
from shared.log.streams import DECIDE_POST
from shared.tasks import cancel_and_wait, start_background
from shared.telemetry.metrics import UNDECIDED_FOUND, Metrics

logger = logging.getLogger(__name__)

# A minute after a start the handler has taken what waits for it. A look reads only what is new since the last one.
FIRST_AFTER_S, EVERY_S, POLL_S = 60.0, 3600.0, 1.0
# Facts that are delivered and not acknowledged are retried for 18 minutes and then become dead letters.
RETRIED_FOR = timedelta(minutes=30)
BROKER_ERRORS = (BrokerError, APIError, OSError)
BEGIN, END = (PostSubmitted, PostEdited), (PostDecided, PostWithdrawn)
KINDS = {kind.subject("*").removesuffix("*"): kind for kind in (*BEGIN, *END)}

Redeliver = Callable[[int], Awaitable[RedeliverReply]]


@dataclass(frozen=True)
class OpenRevision:
    """A revision without a decision, and the place and the time of the fact that began it."""

    revision: int
    sequence: int
    at: datetime


@dataclass
class OpenRevisions:
    """The current revision of each post that has no decision, as a fold over the facts of posts."""

    posts: dict[str, OpenRevision] = field(default_factory=dict)
    reached: int = 0

    def fold(self, message: Msg) -> None:
        """Apply a stored message; others than facts about posts change nothing."""
        sequence = self.reached = message.metadata.sequence.stream
        prefix, _, post_id = message.subject.rpartition(".")
        kind = KINDS.get(f"{prefix}.")
        if kind is None:
            return
        revision, known = _revision(message.data, default=1 if kind is PostSubmitted else 0), self.posts.get(post_id)
        if kind in BEGIN:
            if known is None or revision > known.revision:
                self.posts[post_id] = OpenRevision(revision, sequence, message.metadata.timestamp)
        elif known and (kind is PostWithdrawn or revision >= known.revision):
            del self.posts[post_id]


class UndecidedPosts:
    """Looks for forgotten posts after each start, after each restart of the broker, and hourly."""

    def __init__(self, broker: Client, log: Log, redeliver: Redeliver, metrics: Metrics) -> None:
        """`redeliver` handles the fact at a sequence, whatever happened to it before."""
        self._broker = broker
        self._log = log
        self._redeliver = redeliver
        self._metrics = metrics
        self._open = OpenRevisions()
        self._found = 0
        self._left: tuple[int, ...] = ()
        self._task: asyncio.Task[None] | None = None

    @property
    def state(self) -> str:
        """`ok`, or a sentence about what was found since the start, for the health report."""
        found = f"{self._found} posts had no decision, and the broker would not have delivered them: they have one now"
        left = f"{as_ranges(self._left)} not decided: look for dead letters and at the log of this service"
        return "; ".join([*([found] if self._found else []), *([left] if self._left else [])]) or "ok"

    def start(self) -> None:
        """Look in the background."""
        self._task = start_background(self._repeat(), "undecided posts")

    async def close(self) -> None:
        """Stop."""
        await cancel_and_wait(self._task)

    async def look(self) -> None:
        """Read what is new in the log, and have forgotten posts decided.

        Raises:
            nats.errors.Error: the broker did not answer.
        """
        async for message in read_to_end(self._broker, "EVENTS", self._open.reached, "events.post.>"):
            self._open.fold(message)
        progress = await self._broker.jetstream().consumer_info("EVENTS", DECIDE_POST.durable)
        handled = progress.ack_floor.stream_seq if progress.ack_floor else 0
        delivered = progress.delivered.stream_seq if progress.delivered else 0
        before, left = datetime.now(UTC) - RETRIED_FOR, list[int]()
        for one in list(self._open.posts.values()):
            in_flight = bool(progress.num_ack_pending) and one.sequence > handled and one.at > before
            waits = one.sequence > delivered or in_flight
            if not waits and not await self._decide(one.sequence):
                left.append(one.sequence)
        self._left = tuple(left)

    async def _decide(self, sequence: int) -> bool:
        """Have a fact handled unless that is not necessary any more. Returns whether it needs nothing more."""
        try:
            event = await self._log.at(sequence)
            if event is None or await is_obsolete(self._log, event):
                return True
            outcome = (await self._redeliver(sequence)).outcome
            if await is_obsolete(self._log, event):
                self._found += 1
                self._metrics.count(UNDECIDED_FOUND)
                logger.error("a post had no decision and has one now", extra={"sequence": sequence})
                return True
        except DecodeError:
            return False
        return outcome == "done"  # of an erased author: nobody can decide it

    async def _repeat(self) -> None:
        loop = asyncio.get_running_loop()
        next_at, connections = loop.time() + FIRST_AFTER_S, self._broker.stats["reconnects"]
        while True:
            if connections != self._broker.stats["reconnects"]:
                next_at, connections = loop.time() + FIRST_AFTER_S, self._broker.stats["reconnects"]
            if loop.time() >= next_at:
                next_at = loop.time() + EVERY_S
                try:
                    await self.look()
                except BROKER_ERRORS as error:
                    next_at = loop.time() + FIRST_AFTER_S
                    logger.warning("undecided posts could not be looked for", extra={"error": type(error).__name__})
            await asyncio.sleep(POLL_S)


def _revision(stored: bytes, default: int) -> int:
    """Return the revision in a stored fact; the default if the fact has none or cannot be read."""
    try:
        return int(orjson.loads(stored)["data"].get("revision", default))
    except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError, ValueError):
        return default
