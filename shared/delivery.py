"""How a message from the log is handled, in one place: span, handler, then ack, delayed NAK, or dead letter."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from opentelemetry.trace import SpanKind

from shared.dead_letters import bury
from shared.events import Event, Unreadable, decode
from shared.metrics import BURIED, HANDLED, WAITED
from shared.streams import Consumer
from shared.telemetry import Telemetry, mark_failed

logger = logging.getLogger(__name__)

Handler = Callable[[Event], Awaitable[None]]

# 1, 2, 4 … 30 s between attempts, 40 attempts: about 18 minutes, longer than any restart that heals by itself.
FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 30.0
ATTEMPTS = 40
# A handler that takes longer than this hangs: its message is given out again.
LONGEST_HANDLING_S = 600.0


class Poison(Exception):
    """A message that no retry can help."""


def retry_delay(delivered: int) -> float:
    """Seconds until the next attempt after the given number of deliveries."""
    return float(min(FIRST_RETRY_S * 2 ** min(delivered - 1, 10), LONGEST_RETRY_S))


class Delivery:
    """Runs one durable's handler over its messages."""

    def __init__(self, consumer: Consumer, handler: Handler, stream: JetStreamContext, telemetry: Telemetry) -> None:
        self._consumer = consumer
        self._handler = handler
        self._stream = stream
        self._telemetry = telemetry

    async def deliver(self, message: Msg) -> None:
        """Handle one message to its end. Never raises for what the handler does: the answer goes to the broker."""
        origin = message.metadata
        try:
            event = decode(message.data, origin.sequence.stream)
        except Unreadable as error:
            await self._give_up(message, str(error))
            return
        attributes: dict[str, str | int] = {
            "ottit.entity_id": event.entity_id,
            "ottit.sequence": event.sequence,
            "ottit.attempt": origin.num_delivered,
        }
        metrics, handler = self._telemetry.metrics, self._consumer.handler
        waited = (datetime.now(UTC) - event.occurred_at).total_seconds()
        metrics.observe(WAITED, max(0.0, waited), {"handler": handler})
        with (
            self._telemetry.span(handler, event.traceparent, SpanKind.CONSUMER, attributes) as span,
            metrics.timed(HANDLED, {"handler": handler, "outcome": "done"}) as labels,
        ):
            try:
                with _Claim(message, self._consumer.ack_wait_s / 3):
                    await self._handler(event)
            except Poison as error:
                labels["outcome"] = "poison"
                mark_failed(span, "poison")
                await self._give_up(message, str(error))
            except Exception as error:  # the one process edge of every service
                labels["outcome"] = "retry"
                mark_failed(span, type(error).__name__)
                await self._retry(message, error)
            else:
                await message.ack()

    async def _retry(self, message: Msg, error: Exception) -> None:
        delivered = message.metadata.num_delivered
        extra = {"durable": self._consumer.durable, "attempt": delivered, "error": type(error).__name__}
        if delivered >= ATTEMPTS:
            await self._give_up(message, f"{type(error).__name__} after {delivered} attempts")
            return
        logger.warning("will retry", extra=extra, exc_info=error)
        await message.nak(delay=retry_delay(delivered))

    async def _give_up(self, message: Msg, reason: str) -> None:
        logger.error("dead letter", extra={"durable": self._consumer.durable, "reason": reason})
        self._telemetry.metrics.count(BURIED, {"handler": self._consumer.handler})
        await bury(self._stream, self._consumer.service, message, reason)
        await message.term()


class _Claim:
    """Tells the broker now and then that a message is still in work, so that nobody else gets it meanwhile."""

    def __init__(self, message: Msg, every_s: float) -> None:
        self._message = message
        self._every_s = every_s
        self._left = int(LONGEST_HANDLING_S / every_s)
        self._timer: asyncio.TimerHandle | None = None
        self._telling: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        self._wait()

    def __exit__(self, *_: object) -> None:
        if self._timer:
            self._timer.cancel()

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._every_s, self._tell)

    def _tell(self) -> None:
        self._telling = asyncio.create_task(self._message.in_progress())
        # A broker that is away gives the message out again; that is all that can come of not telling it.
        self._telling.add_done_callback(lambda told: told.cancelled() or told.exception())
        self._left -= 1
        if self._left > 0:
            self._wait()
