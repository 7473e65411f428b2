"""Tests of the retention of traces."""

import asyncio
from collections.abc import AsyncIterator, Callable

import orjson
import pytest
from nats.aio.client import Client

from services.gateway.timeline.stored_spans import RETAINED, SPANS, spans_of, stored_spans
from services.gateway.timeline.trace_retention import TraceRetention
from services.gateway.view.change_notifications import Change, Decided
from shared.testing import TestBroker
from tests.faults.waiting import wait_until

pytestmark = pytest.mark.broker
TRACE = "ab" * 16


class Decisions:
    """A fake of the view that announces given decisions."""

    listener: Callable[[Change], None]

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        self.listener = listener
        return lambda: None

    def decide(self, outcome: str, trace: str) -> None:
        self.listener(Decided("post", "ada", "garden", 1, outcome, 7, f"00-{trace}-{'cd' * 8}-01"))  # type: ignore[arg-type]


@pytest.fixture
async def gateway(broker: TestBroker) -> AsyncIterator[Client]:
    client = await broker.connect("gateway")
    yield client
    await client.close()


async def a_span(broker: TestBroker, gateway: Client, trace: str, number: int) -> None:
    """Publish a span as a service does."""
    span: dict[str, object] = {
        "name": "moderation decide_post", "service": "moderation", "trace_id": trace, "span_id": f"{number:016x}",
        "parent_span_id": None, "start_ns": number, "end_ns": number + 1, "attributes": {}, "status": "unset",
    }  # fmt: skip
    service = await broker.connect("moderation")
    await service.publish(f"telemetry.spans.{trace}.moderation", orjson.dumps(span))
    await service.close()

    async def is_stored() -> bool:
        # The broker stores an unacknowledged message a moment after it has received it, even after a flush.
        return any(stored.span_id == span["span_id"] for stored in await stored_spans(gateway, SPANS, trace))

    await wait_until(is_stored, "the span is stored")


async def copied(*kept: TraceRetention) -> None:
    """Wait until all noted traces are copied: `close` drops waiting ones."""
    await asyncio.gather(*(task for one in kept for task in one._tasks))


async def test_the_trace_of_a_held_post_is_retained_and_of_a_published_one_not(
    broker: TestBroker, gateway: Client
) -> None:
    decisions = Decisions()
    kept = TraceRetention(gateway, decisions, settles_after_s=0)  # type: ignore[arg-type]
    published = "ef" * 16
    for number in (1, 2):
        await a_span(broker, gateway, TRACE, number)
        await a_span(broker, gateway, published, number)
    decisions.decide("published", published)
    decisions.decide("held", TRACE)
    await copied(kept)
    await kept.close()

    assert [span.span_id for span in await stored_spans(gateway, RETAINED, TRACE)] == [f"{n:016x}" for n in (1, 2)]
    assert await stored_spans(gateway, RETAINED, published) == []


async def test_two_gateways_retain_a_span_once(broker: TestBroker, gateway: Client) -> None:
    replicas = [Decisions(), Decisions()]
    kept = [TraceRetention(gateway, replica, settles_after_s=0) for replica in replicas]  # type: ignore[arg-type]
    await a_span(broker, gateway, TRACE, 1)
    for replica in replicas:
        replica.decide("rejected", TRACE)
    await copied(*kept)
    for one in kept:
        await one.close()

    assert len(await stored_spans(gateway, RETAINED, TRACE)) == 1
    assert len(await spans_of(gateway, [TRACE])) == 1


async def test_a_flood_from_one_sender_leaves_room_for_the_others(broker: TestBroker, gateway: Client) -> None:
    """A browser chooses the trace of its posts, so it can send spans before any service does."""
    for number in range(220):
        span: dict[str, object] = {
            "name": "noise", "service": "browser", "trace_id": TRACE, "span_id": f"{number:016x}",
            "parent_span_id": None, "start_ns": 1, "end_ns": 2, "attributes": {}, "status": "ok",
        }  # fmt: skip
        await gateway.publish(f"telemetry.spans.{TRACE}.browser", orjson.dumps(span))
        await gateway.publish(f"telemetry.spans.{TRACE}.browser", b"no span")
    await a_span(broker, gateway, TRACE, 999)
    senders = [span.service for span in await spans_of(gateway, [TRACE])]
    assert senders.count("moderation") == 1
    assert 0 < senders.count("browser") <= 32


async def test_a_span_shows_the_service_that_sent_it_whatever_it_says_and_replaces_none(
    broker: TestBroker, gateway: Client
) -> None:
    await a_span(broker, gateway, TRACE, 1)
    (true,) = await spans_of(gateway, [TRACE])
    liar = await broker.connect("ranking")
    lie = true.model_copy(update={"name": "moderation lies"})
    await liar.publish(f"telemetry.spans.{TRACE}.ranking", lie.model_dump_json().encode())

    async def both() -> bool:
        return len(await spans_of(gateway, [TRACE])) == 2

    await wait_until(both, "the second span is stored")
    shown = {(span.service, span.name) for span in await spans_of(gateway, [TRACE])}
    assert shown == {("moderation", true.name), ("ranking", lie.name)}
    await liar.close()
