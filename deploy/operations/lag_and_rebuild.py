"""The lag of handlers and views in a running installation, and rebuilding views."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from nats.aio.client import Client

from shared.log.gauges import consumer_gauge
from shared.log.operator_requests import RebuildReply, ViewState, rebuild_subject, request_all, view_subject
from shared.log.streams import CONSUMERS, Consumer
from shared.telemetry.metrics import CONSUMER_OLDEST

VIEWS = ("gateway", "embeddings", "ranking")
POLL_S = 0.25  # between two checks of a rebuild's progress
# Called with a replica and its progress.
OnProgress = Callable[[str, str], None]


class NoReplicaAnswers(Exception):
    """No replica of the service answers."""


async def view_states(broker: Client, *services: str) -> dict[str, list[ViewState]]:
    """Return the states of all replicas' views by service; an empty list if no replica answers."""
    names = services or VIEWS
    replies = await asyncio.gather(*(request_all(broker, view_subject(name)) for name in names))
    return {
        name: [ViewState.model_validate_json(reply) for reply in service_replies]
        for name, service_replies in zip(names, replies, strict=True)
    }


async def rebuild_views(broker: Client, service: str, on_progress: OnProgress) -> list[RebuildReply]:
    """Make every replica rebuild its view, and wait until all have finished. `refused` holds errors.

    Raises:
        NoReplicaAnswers: no replica of the service answers.
    """
    answers = [RebuildReply.model_validate_json(one) for one in await request_all(broker, rebuild_subject(service))]
    if not answers:
        raise NoReplicaAnswers(f"{service} does not answer. Is it running?")
    begun = {answer.replica for answer in answers if not answer.refused}
    ended: dict[str, str] = {}
    while begun - ended.keys():
        await asyncio.sleep(POLL_S)
        states = {state.replica: state for state in (await view_states(broker, service))[service]}
        for replica in begun - ended.keys():
            state = states.get(replica)
            building = state.building if state else "failed: the replica has ended"
            on_progress(replica, building or "done")
            if not building or building.startswith("failed"):
                ended[replica] = building
    return [answer.model_copy(update={"refused": answer.refused or ended[answer.replica]}) for answer in answers]


@dataclass(frozen=True)
class DurableLag:
    """`waiting`: not delivered; `in_flight`: being handled; `again`: delivered more than once and not finished."""

    durable: str
    waiting: int
    in_flight: int
    again: int
    oldest_s: float


async def durable_lags(broker: Client) -> list[DurableLag]:
    """Return the lag of every durable. Raises nats.js.errors.NotFoundError if one is missing."""
    return [await _lag(broker, consumer) for consumer in CONSUMERS]


async def lag_report(broker: Client) -> dict[str, Any]:
    """Return `durables[]`, `views{service: []}`, and `total`, the number of all waiting messages."""
    waiting, states = await durable_lags(broker), await view_states(broker)
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
