"""What is looked up when somebody asks for the metrics: lags, ages, dead letters. It costs nothing in between."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime

from nats.aio.client import Client
from nats.errors import Error as BrokerError
from nats.js.errors import NotFoundError

from shared.log.follower import Follower
from shared.log.streams import Consumer
from shared.telemetry.metrics import DEAD, LAG, OLDEST, VIEW_LAG, Labels, Metric, Metrics

logger = logging.getLogger(__name__)

Reading = tuple[Metric, float, Labels]
Gauge = Callable[[], Awaitable[Iterable[Reading]]]
# A scraper waits 10 s by default; a broker that needs longer than this is away, and its gauges keep their last values.
WITHIN_S = 2.0


class Gauges:
    """Reads its gauges into the instruments of the process."""

    def __init__(self, metrics: Metrics, *gauges: Gauge) -> None:
        self._metrics = metrics
        self._gauges = gauges

    async def read(self) -> None:
        """Read all of them; what cannot be read now keeps its last value."""
        for outcome in await asyncio.gather(*(gauge() for gauge in self._gauges), return_exceptions=True):
            if isinstance(outcome, BrokerError | OSError):
                logger.warning("a gauge could not be read", extra={"error": type(outcome).__name__})
            elif isinstance(outcome, BaseException):
                raise outcome
            else:
                for metric, value, labels in outcome:
                    self._metrics.set(metric, value, labels)


def of_consumer(broker: Client, consumer: Consumer) -> Gauge:
    """How many messages wait for a durable, and for how long the oldest of them has."""
    stream = broker.jetstream(timeout=WITHIN_S)
    labels = {"durable": consumer.durable}

    async def read() -> list[Reading]:
        info = await stream.consumer_info("EVENTS", consumer.durable)
        waiting = (info.num_pending or 0) + (info.num_ack_pending or 0)
        floor = info.ack_floor.stream_seq if info.ack_floor else 0
        age = await oldest(floor + 1) if waiting else 0.0
        return [(LAG, waiting, labels), (OLDEST, age, labels)]

    async def oldest(sequence: int) -> float:
        """Seconds since the first fact of its kinds behind the last that is done."""
        ages = [await age_of(sequence, fact.subject("*")) for fact in consumer.facts]
        return max(ages, default=0.0)

    async def age_of(sequence: int, subject: str) -> float:
        try:
            stored = await stream.get_msg("EVENTS", seq=sequence, subject=subject, next=True)
        except NotFoundError:
            return 0.0
        # The broker's time, not the fact's: bytes that are no fact wait, too.
        return max(0.0, (datetime.now(UTC) - stored.time).total_seconds()) if stored.time else 0.0

    return read


def of_views(*followers: Follower) -> Gauge:
    """How far views are behind their streams."""

    async def read() -> list[Reading]:
        return [(VIEW_LAG, await follower.lag(), {"stream": follower.stream}) for follower in followers]

    return read


def of_dead_letters(broker: Client) -> Gauge:
    """How many dead letters nobody has looked after."""

    async def read() -> list[Reading]:
        info = await broker.jetstream(timeout=WITHIN_S).stream_info("DEAD_LETTERS")
        return [(DEAD, info.state.messages, {})]

    return read
