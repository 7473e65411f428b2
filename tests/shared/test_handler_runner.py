"""Running a handler: what becomes of its message, and what the trace and the metrics say."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from nats.js.api import RawStreamMsg
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from shared.log.acknowledgement import ATTEMPTS
from shared.log.dead_letters import REASON
from shared.log.events import DecodeError, Event
from shared.log.handler_runner import LONGEST_HANDLING_S, HandlerRunner, PoisonMessage, _InProgressTimer
from shared.log.streams import DECIDE_POST, Consumer
from shared.settings import ServiceSettings
from shared.telemetry.metrics import HANDLER_DURATION, HANDLER_WAIT
from shared.telemetry.tracing import Telemetry
from shared.testing import submitted
from tests.shared.fake_messages import FakeMessage, FakeStream

POST = submitted("post-1")
LIMIT_S = 30.0
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@dataclass
class Setup:
    """A runner over fakes, with the facts that its handler saw, its spans, and its observations."""

    error: Exception | None = None
    seen: list[Event] = field(default_factory=list)
    observed: list[tuple[object, float, object]] = field(default_factory=list)
    timed: list[tuple[object, dict[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stream = FakeStream()
        self.telemetry = Telemetry(ServiceSettings(service="moderation"))
        self.spans = InMemorySpanExporter()
        self.telemetry._provider.add_span_processor(SimpleSpanProcessor(self.spans))
        metrics: Any = self.telemetry.metrics
        metrics.observe = lambda metric, value, labels: self.observed.append((metric, value, labels))
        metrics.timed = self._timed
        self.runner = HandlerRunner(DECIDE_POST, self._handler, self.stream.as_stream, self.telemetry)

    @contextmanager
    def _timed(self, metric: object, labels: Mapping[str, str]) -> Iterator[dict[str, str]]:
        own = dict(labels)
        yield own
        self.timed.append((metric, own))

    async def _handler(self, event: Event) -> None:
        self.seen.append(event)
        if self.error:
            raise self.error

    async def handle(self, event: Event = POST, delivered: int = 1) -> FakeMessage:
        """Handle one delivery of a fact."""
        message = FakeMessage.of(event, delivered)
        await self.runner.handle(message.as_message)
        return message

    @property
    def span(self) -> Any:
        """The only span."""
        (span,) = self.spans.get_finished_spans()
        return span


@pytest.fixture
async def setup() -> AsyncIterator[Setup]:
    """A runner whose handler succeeds."""
    setup = Setup()
    yield setup
    await setup.telemetry.close()


async def test_the_handler_gets_the_fact_with_its_sequence_and_the_message_is_acknowledged(setup: Setup) -> None:
    message = await setup.handle()
    assert setup.seen == [POST.model_copy(update={"sequence": 17})]
    assert message.calls == [("ack", None)]
    assert setup.timed == [(HANDLER_DURATION, {"handler": "decide_post", "outcome": "done"})]


async def test_the_span_continues_the_trace_of_the_fact_and_names_it(setup: Setup) -> None:
    await setup.handle(POST.model_copy(update={"traceparent": TRACE}), delivered=4)
    assert (setup.span.name, setup.span.kind) == ("moderation decide_post", SpanKind.CONSUMER)
    assert format(setup.span.context.trace_id, "032x") == "0af7651916cd43dd8448eb211c80319c"
    assert dict(setup.span.attributes) == {
        "ottit.entity_id": "post-1",
        "ottit.sequence": 17,
        "ottit.attempt": 4,
    }
    assert setup.span.status.status_code != StatusCode.ERROR


async def test_the_wait_before_the_handling_is_measured_and_never_negative(setup: Setup) -> None:
    now = datetime.now(UTC)
    await setup.handle(POST.model_copy(update={"occurred_at": now - timedelta(hours=1)}))
    await setup.handle(POST.model_copy(update={"occurred_at": now + timedelta(hours=1)}))
    (past, waited, labels), (_, ahead, _) = setup.observed
    assert (past, labels) == (HANDLER_WAIT, {"handler": "decide_post"})
    assert 3600 <= waited < 3700
    assert ahead == 0.0


async def test_an_error_of_the_handler_returns_the_message_for_a_later_attempt(setup: Setup) -> None:
    setup.error = ConnectionError("busy")
    message = await setup.handle(delivered=2)
    assert message.calls == [("nak", 2.0)]
    assert setup.timed == [(HANDLER_DURATION, {"handler": "decide_post", "outcome": "retry"})]
    assert (setup.span.status.status_code, setup.span.status.description) == (StatusCode.ERROR, "ConnectionError")


@pytest.mark.parametrize("error", [PoisonMessage("no such post"), DecodeError("no such post")])
async def test_a_message_that_can_never_be_handled_becomes_a_dead_letter_at_once(
    setup: Setup, error: Exception
) -> None:
    setup.error = error
    message = await setup.handle()
    assert message.calls == [("term", None)]
    assert setup.stream.published[0]["headers"][REASON] == "no such post"
    assert setup.timed == [(HANDLER_DURATION, {"handler": "decide_post", "outcome": "poison"})]
    assert (setup.span.status.status_code, setup.span.status.description) == (StatusCode.ERROR, "poison")


async def test_bytes_that_are_no_fact_become_a_dead_letter_without_a_call_of_the_handler(setup: Setup) -> None:
    message = FakeMessage(b"{")
    await setup.runner.handle(message.as_message)
    assert (message.calls, setup.seen) == ([("term", None)], [])
    assert setup.stream.published[0]["headers"][REASON] == "JSONDecodeError at sequence 17"


async def test_a_fact_under_the_subject_of_another_one_becomes_a_dead_letter(setup: Setup) -> None:
    message = FakeMessage(POST.encode(), "events.post.submitted.post-2")
    await setup.runner.handle(message.as_message)
    assert setup.stream.published[0]["headers"][REASON] == "the subject of another fact at sequence 17"


async def test_a_redelivery_handles_the_stored_fact_and_reports_the_outcome(setup: Setup) -> None:
    setup.stream.stored[5] = RawStreamMsg(subject=POST.subject, seq=5, data=POST.encode())
    assert (await setup.runner.redeliver(5)).outcome == "done"
    assert setup.seen == [POST.model_copy(update={"sequence": 5})]
    assert setup.span.attributes["ottit.attempt"] == ATTEMPTS + 1
    setup.error = ConnectionError("busy")
    failed = await setup.runner.redeliver(5)
    assert (failed.outcome, failed.reason) == ("failed", "ConnectionError")
    assert setup.stream.published == []


async def test_a_redelivery_of_a_missing_or_broken_message_is_poison(setup: Setup) -> None:
    missing = await setup.runner.redeliver(6)
    assert (missing.outcome, missing.reason) == ("poison", "the log has no message at sequence 6")
    setup.stream.stored[7] = RawStreamMsg()
    empty = await setup.runner.redeliver(7)
    assert (empty.outcome, empty.reason) == ("poison", "JSONDecodeError at sequence 7")
    setup.stream.stored[8] = RawStreamMsg(subject="events.post.submitted.post-2", seq=8, data=POST.encode())
    moved = await setup.runner.redeliver(8)
    assert moved.reason == "the subject of another fact at sequence 8"
    setup.stream.stored[9] = RawStreamMsg(seq=9, data=POST.encode())
    assert (await setup.runner.redeliver(9)).outcome == "done"


@dataclass
class Reports:
    """Counts signs of progress; every one fails, which nobody may notice."""

    count: int = 0
    attempt: int = 1
    third: asyncio.Event = field(default_factory=asyncio.Event)

    async def ack(self) -> None:
        """Do nothing."""

    async def nak(self, error: Exception) -> None:
        """Do nothing."""

    async def term(self, reason: str) -> None:
        """Do nothing."""

    async def in_progress(self) -> None:
        """Count a sign of progress."""
        self.count += 1
        if self.count == 3:
            self.third.set()
        raise ConnectionError


async def test_progress_is_reported_until_the_handling_ends() -> None:
    reports = Reports()
    with _InProgressTimer(reports, 0.001):
        async with asyncio.timeout(LIMIT_S):
            await reports.third.wait()
    seen = reports.count
    await asyncio.sleep(0.02)
    assert reports.count <= seen + 1


async def test_a_handler_that_hangs_is_reported_in_progress_for_ten_minutes_only() -> None:
    reports = Reports()
    timer = _InProgressTimer(reports, LONGEST_HANDLING_S / 3)
    timer._every_s = 0.001
    with timer:
        async with asyncio.timeout(LIMIT_S):
            await reports.third.wait()
        await asyncio.sleep(0.02)
        assert reports.count == 3


async def test_progress_is_reported_three_times_within_the_brokers_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    intervals: list[float] = []
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "call_later", lambda delay, *_: intervals.append(delay))
    setup = Setup()
    consumer = Consumer("moderation", "decide_post", DECIDE_POST.facts, ack_wait_s=12)
    runner = HandlerRunner(consumer, setup._handler, setup.stream.as_stream, setup.telemetry)
    await runner.handle(FakeMessage.of(POST).as_message)
    monkeypatch.undo()
    assert intervals == [4.0]
    await setup.telemetry.close()


async def test_a_long_handling_tells_the_broker_that_it_is_in_progress(setup: Setup) -> None:
    message, told = FakeMessage.of(POST), asyncio.Event()

    async def in_progress() -> None:
        told.set()

    async def handler(event: Event) -> None:
        async with asyncio.timeout(LIMIT_S):
            await told.wait()

    message.in_progress = in_progress  # type: ignore[method-assign]
    consumer = Consumer("moderation", "decide_post", DECIDE_POST.facts, ack_wait_s=1)
    await HandlerRunner(consumer, handler, setup.stream.as_stream, setup.telemetry).handle(message.as_message)
    assert message.calls == [("ack", None)]


async def test_a_failed_report_of_progress_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    problems: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, problem: problems.append(problem))
    reports = Reports()
    with _InProgressTimer(reports, 0.001):
        async with asyncio.timeout(LIMIT_S):
            await reports.third.wait()
    await asyncio.sleep(0.01)
    gc.collect()
    assert problems == []
