"""Runs a handler for each delivered fact: opens a span, calls the handler, then acks, naks or writes a dead letter."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from opentelemetry.trace import SpanKind

from shared.log.acknowledgement import Acknowledgement, JetStreamAcknowledgement, RedeliveryAcknowledgement
from shared.log.events import DecodeError, Event, decode
from shared.log.operator_requests import RedeliverReply
from shared.log.streams import Consumer
from shared.telemetry.metrics import HANDLER_DURATION, HANDLER_WAIT
from shared.telemetry.tracing import Telemetry, mark_failed

Handler = Callable[[Event], Awaitable[None]]

# A handler that takes longer than this hangs: the broker redelivers its message.
LONGEST_HANDLING_S = 600.0


class PoisonMessage(Exception):
    """A message that can never be handled: no retry will help."""


class HandlerRunner:
    """Runs the handler of one durable."""

    def __init__(self, consumer: Consumer, handler: Handler, stream: JetStreamContext, telemetry: Telemetry) -> None:
        self._consumer = consumer
        self._handler = handler
        self._stream = stream
        self._telemetry = telemetry

    async def handle(self, message: Msg) -> None:
        """Handle one message and acknowledge it. An error of the handler becomes a nak or term and is never raised."""
        acknowledgement = JetStreamAcknowledgement(message, self._consumer, self._stream, self._telemetry.metrics)
        await self._handle(message.data, message.metadata.sequence.stream, message.subject, acknowledgement)

    async def redeliver(self, sequence: int) -> RedeliverReply:
        """Handle the fact at a sequence of the log again, whatever the outcome was before."""
        acknowledgement = RedeliveryAcknowledgement()
        try:
            stored = await self._stream.get_msg("EVENTS", seq=sequence)
        except NotFoundError:
            return RedeliverReply(outcome="poison", reason=f"the log has no message at sequence {sequence}")
        await self._handle(stored.data or b"", sequence, stored.subject or "", acknowledgement)
        return acknowledgement.outcome

    async def _handle(self, stored: bytes, sequence: int, subject: str, acknowledgement: Acknowledgement) -> None:
        try:
            event = decode(stored, sequence, subject)
        except DecodeError as error:
            await acknowledgement.term(str(error))
            return
        attributes: dict[str, str | int] = {
            "ottit.entity_id": event.entity_id,
            "ottit.sequence": event.sequence,
            "ottit.attempt": acknowledgement.attempt,
        }
        metrics, handler = self._telemetry.metrics, self._consumer.handler
        waited = (datetime.now(UTC) - event.occurred_at).total_seconds()
        metrics.observe(HANDLER_WAIT, max(0.0, waited), {"handler": handler})
        with (
            self._telemetry.span(handler, event.traceparent, SpanKind.CONSUMER, attributes) as span,
            metrics.timed(HANDLER_DURATION, {"handler": handler, "outcome": "done"}) as labels,
        ):
            try:
                with _InProgressTimer(acknowledgement, self._consumer.ack_wait_s / 3):
                    await self._handler(event)
            except (PoisonMessage, DecodeError) as error:  # the latter: a fact that the handler has looked up
                labels["outcome"] = "poison"
                mark_failed(span, "poison")
                await acknowledgement.term(str(error))
            except Exception as error:  # the process boundary of every service
                labels["outcome"] = "retry"
                mark_failed(span, type(error).__name__)
                await acknowledgement.nak(error)
            else:
                await acknowledgement.ack()


class _InProgressTimer:
    """Reports at intervals that a message is in progress, so that the broker does not redeliver it."""

    def __init__(self, acknowledgement: Acknowledgement, every_s: float) -> None:
        self._acknowledgement = acknowledgement
        self._every_s = every_s
        self._remaining = int(LONGEST_HANDLING_S / every_s)
        self._timer: asyncio.TimerHandle | None = None
        self._report: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        self._wait()

    def __exit__(self, *_: object) -> None:
        if self._timer:
            self._timer.cancel()

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._every_s, self._tick)

    def _tick(self) -> None:
        self._report = asyncio.create_task(self._in_progress())
        # Ignore a failed report: the worst outcome is that the broker redelivers the message.
        self._report.add_done_callback(lambda task: task.cancelled() or task.exception())
        self._remaining -= 1
        if self._remaining > 0:
            self._wait()

    async def _in_progress(self) -> None:
        await self._acknowledgement.in_progress()
