"""Gauges of the log (lags, ages, dead letters), read only when the metrics are scraped."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime

from nats.aio.client import Client
from nats.js.errors import NotFoundError

from shared.log.follower import Follower
from shared.log.loss_table import LOSSES as LOSS_TABLE
from shared.log.loss_table import plain_name
from shared.log.streams import Consumer
from shared.telemetry.metrics import (
    CONSUMER_LAG,
    CONSUMER_OLDEST,
    DEAD_LETTERS_WAITING,
    LOSSES,
    VIEW_LAG,
    Gauge,
    Reading,
)

# Prometheus waits 10 s by default. Gauges of a broker that does not answer in time keep their last values.
BROKER_TIMEOUT_S = 2.0


def consumer_gauge(broker: Client, consumer: Consumer) -> Gauge:
    """Return a gauge of the messages that wait for a durable, and of the age of the oldest."""
    stream = broker.jetstream(timeout=BROKER_TIMEOUT_S)
    labels = {"durable": consumer.durable}

    async def read() -> list[Reading]:
        info = await stream.consumer_info("EVENTS", consumer.durable)
        waiting = (info.num_pending or 0) + (info.num_ack_pending or 0)
        floor = info.ack_floor.stream_seq if info.ack_floor else 0
        age = await oldest(floor + 1) if waiting else 0.0
        return [(CONSUMER_LAG, waiting, labels), (CONSUMER_OLDEST, age, labels)]

    async def oldest(sequence: int) -> float:
        """Return the age in seconds of the first unhandled fact of the durable's kinds."""
        ages = [await age_of(sequence, fact.subject("*")) for fact in consumer.facts]
        return max(ages, default=0.0)

    async def age_of(sequence: int, subject: str) -> float:
        try:
            stored = await stream.get_msg("EVENTS", seq=sequence, subject=subject, next=True)
        except NotFoundError:
            return 0.0
        # The broker's time, not the fact's: undecodable messages wait, too.
        return max(0.0, (datetime.now(UTC) - stored.time).total_seconds()) if stored.time else 0.0

    return read


def view_gauge(*followers: Follower) -> Gauge:
    """Return a gauge of how far views are behind their streams."""

    async def read() -> list[Reading]:
        return [(VIEW_LAG, await follower.lag(), {"stream": follower.stream}) for follower in followers]

    return read


def dead_letter_gauge(broker: Client) -> Gauge:
    """Return a gauge of the unresolved dead letters."""

    async def read() -> list[Reading]:
        info = await broker.jetstream(timeout=BROKER_TIMEOUT_S).stream_info("DEAD_LETTERS")
        return [(DEAD_LETTERS_WAITING, info.state.messages, {})]

    return read


def loss_gauge(lost: Callable[[], Collection[str]]) -> Gauge:
    """Return a gauge of the streams and buckets with losses. `lost`: returns their names."""

    async def read() -> list[Reading]:
        names = {plain_name(name) for name in lost()}
        noticed = [name for name, loss in LOSS_TABLE.items() if {"marks", "entries"} & set(loss.noticed)]
        return [(LOSSES, float(name in names), {"stream": name}) for name in noticed]

    return read
