"""What waits: for each durable at the broker, and for each replica's view."""

from dataclasses import asdict, dataclass
from typing import Any

from nats.aio.client import Client

from deploy.operations.views import views
from shared.log.gauges import consumer_gauge
from shared.log.streams import CONSUMERS, Consumer
from shared.telemetry.metrics import CONSUMER_OLDEST


@dataclass(frozen=True)
class DurableLag:
    """`waiting`: not delivered yet; `in_flight`: being handled; `again`: delivered more than once and not done."""

    durable: str
    waiting: int
    in_flight: int
    again: int
    oldest_s: float


async def durables(broker: Client) -> list[DurableLag]:
    """Every durable. Raises nats.js.errors.NotFoundError where one is missing."""
    return [await _lag(broker, consumer) for consumer in CONSUMERS]


async def report(broker: Client) -> dict[str, Any]:
    """`durables[]`, `views{service: []}`, and `total`: everything that waits anywhere."""
    waiting, states = await durables(broker), await views(broker)
    behind = sum(sum(state.lag.values()) for replicas in states.values() for state in replicas)
    return {
        "durables": [asdict(one) for one in waiting],
        "views": {name: [state.model_dump() for state in replicas] for name, replicas in states.items()},
        "total": sum(one.waiting + one.in_flight for one in waiting) + behind,
    }


async def _lag(broker: Client, consumer: Consumer) -> DurableLag:
    info = await broker.jetstream().consumer_info("EVENTS", consumer.durable)
    oldest = next(value for metric, value, _ in await consumer_gauge(broker, consumer)() if metric is CONSUMER_OLDEST)
    return DurableLag(
        consumer.durable,
        info.num_pending or 0,
        info.num_ack_pending or 0,
        info.num_redelivered or 0,
        round(oldest, 1),
    )
