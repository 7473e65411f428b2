"""Gauges over the log, read when somebody asks for the metrics: lags, ages, dead letters. No cost in between."""

from datetime import UTC, datetime

from nats.aio.client import Client
from nats.js.errors import NotFoundError

from shared.log.follower import Follower
from shared.log.streams import Consumer
from shared.telemetry.metrics import (
    CONSUMER_LAG,
    CONSUMER_OLDEST,
    DEAD_LETTERS_WAITING,
    VIEW_LAG,
    Gauge,
    Reading,
)

# A scraper waits 10 s by default; a broker that needs longer than this is away, and its gauges keep their last values.
WITHIN_S = 2.0


def consumer_gauge(broker: Client, consumer: Consumer) -> Gauge:
    """How many messages wait for a durable, and for how long the oldest of them has."""
    stream = broker.jetstream(timeout=WITHIN_S)
    labels = {"durable": consumer.durable}

    async def read() -> list[Reading]:
        info = await stream.consumer_info("EVENTS", consumer.durable)
        waiting = (info.num_pending or 0) + (info.num_ack_pending or 0)
        floor = info.ack_floor.stream_seq if info.ack_floor else 0
        age = await oldest(floor + 1) if waiting else 0.0
        return [(CONSUMER_LAG, waiting, labels), (CONSUMER_OLDEST, age, labels)]

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


def view_gauge(*followers: Follower) -> Gauge:
    """How far views are behind their streams."""

    async def read() -> list[Reading]:
        return [(VIEW_LAG, await follower.lag(), {"stream": follower.stream}) for follower in followers]

    return read


def dead_letter_gauge(broker: Client) -> Gauge:
    """How many dead letters nobody has looked after."""

    async def read() -> list[Reading]:
        info = await broker.jetstream(timeout=WITHIN_S).stream_info("DEAD_LETTERS")
        return [(DEAD_LETTERS_WAITING, info.state.messages, {})]

    return read
