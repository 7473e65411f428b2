"""The end of a delivery: ack, nak or term to the broker, or an outcome for the operator who asked for a redelivery."""

import logging
from typing import Protocol

from nats.aio.msg import Msg
from nats.js import JetStreamContext

from shared.log.crash_points import crash_point
from shared.log.dead_letters import write_dead_letter
from shared.log.integrity import LogDamaged
from shared.log.operator_requests import RedeliverReply
from shared.log.streams import Consumer
from shared.telemetry.metrics import DEAD_LETTERS_WRITTEN, Metrics

logger = logging.getLogger(__name__)

# 1, 2, 4 … 30 s between 40 attempts: about 18 minutes, longer than any restart that needs no operator.
FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 30.0
ATTEMPTS = 40


def retry_delay(delivered: int) -> float:
    """Return the seconds until the next attempt after `delivered` deliveries."""
    return float(min(FIRST_RETRY_S * 2 ** min(delivered - 1, 10), LONGEST_RETRY_S))


class Acknowledgement(Protocol):
    """Receives the end of one delivery: `ack`, `nak` or `term`; before that, any number of `in_progress`."""

    @property
    def attempt(self) -> int:
        """The number of this delivery of the fact, from 1."""
        ...

    async def ack(self) -> None:
        """The fact was handled."""
        ...

    async def nak(self, error: Exception) -> None:
        """The fact could not be handled now."""
        ...

    async def term(self, reason: str) -> None:
        """The fact can never be handled: no retry will help."""
        ...

    async def in_progress(self) -> None:
        """The fact is still being handled."""
        ...


class JetStreamAcknowledgement:
    """Acknowledges a durable's message: ack, nak with a delay, or a dead letter followed by term."""

    def __init__(self, message: Msg, consumer: Consumer, stream: JetStreamContext, metrics: Metrics) -> None:
        self._message, self._consumer, self._stream, self._metrics = message, consumer, stream, metrics

    @property
    def attempt(self) -> int:
        """The broker's count of deliveries."""
        return self._message.metadata.num_delivered

    async def ack(self) -> None:
        """Acknowledge the message."""
        crash_point("before_ack", self._consumer.durable)
        await self._message.ack()
        crash_point("after_ack", self._consumer.durable)

    async def nak(self, error: Exception) -> None:
        """Return the message for a later attempt; after the last attempt, write a dead letter."""
        extra = {"durable": self._consumer.durable, "attempt": self.attempt, "error": type(error).__name__}
        # A damaged log waits for the operator, however long that takes; the message itself is in order.
        if self.attempt >= ATTEMPTS and not isinstance(error, LogDamaged):
            await self.term(f"{type(error).__name__} after {self.attempt} attempts")
            return
        logger.warning("will retry", extra=extra, exc_info=error)
        await self._message.nak(delay=retry_delay(self.attempt))

    async def term(self, reason: str) -> None:
        """Write a dead letter, then drop the message."""
        logger.error("dead letter", extra={"durable": self._consumer.durable, "reason": reason})
        self._metrics.count(DEAD_LETTERS_WRITTEN, {"handler": self._consumer.handler})
        crash_point("before_dead_letter", self._consumer.durable)
        await write_dead_letter(self._stream, self._consumer.service, self._message, reason)
        crash_point("before_term", self._consumer.durable)
        await self._message.term()
        crash_point("after_term", self._consumer.durable)

    async def in_progress(self) -> None:
        """Tell the broker not to redeliver the message yet."""
        await self._message.in_progress()


class RedeliveryAcknowledgement:
    """Records the outcome of a redelivery that the operator asked for; the durable is not involved."""

    attempt = ATTEMPTS + 1

    def __init__(self) -> None:
        self.outcome = RedeliverReply(outcome="failed", reason="no outcome was reported")

    async def ack(self) -> None:
        """Record the success."""
        self.outcome = RedeliverReply(outcome="done")

    async def nak(self, error: Exception) -> None:
        """Record the error's class only: its message may quote an author's text."""
        logger.warning("redelivery failed", exc_info=error)
        self.outcome = RedeliverReply(outcome="failed", reason=type(error).__name__)

    async def term(self, reason: str) -> None:
        """Record the reason."""
        self.outcome = RedeliverReply(outcome="poison", reason=reason)

    async def in_progress(self) -> None:
        """Do nothing: no other process can take the message."""
