"""What becomes of one delivery: the broker hears it, or the operator who asked for one delivery more."""

import logging
from typing import Protocol

from nats.aio.msg import Msg
from nats.js import JetStreamContext

from shared.log.dead_letters import write_dead_letter
from shared.log.operator_requests import RedeliverReply
from shared.log.streams import Consumer
from shared.telemetry.metrics import DEAD_LETTERS_WRITTEN, Metrics

logger = logging.getLogger(__name__)

# 1, 2, 4 … 30 s between attempts, 40 attempts: about 18 minutes, longer than any restart that heals by itself.
FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 30.0
ATTEMPTS = 40


def retry_delay(delivered: int) -> float:
    """Seconds until the next attempt after the given number of deliveries."""
    return float(min(FIRST_RETRY_S * 2 ** min(delivered - 1, 10), LONGEST_RETRY_S))


class Acknowledgement(Protocol):
    """Hears how a delivery ends: one of `done`, `nak` and `term`, and `in_progress` while it goes on."""

    @property
    def attempt(self) -> int:
        """Which delivery of this fact it is, from 1."""
        ...

    async def ack(self) -> None:
        """It was handled."""
        ...

    async def nak(self, error: Exception) -> None:
        """It could not be handled now."""
        ...

    async def term(self, reason: str) -> None:
        """No retry can help."""
        ...

    async def in_progress(self) -> None:
        """It is still being handled."""
        ...


class JetStreamAcknowledgement:
    """The message of a durable: acknowledged, given back with a delay, or buried before it is dropped."""

    def __init__(self, message: Msg, consumer: Consumer, stream: JetStreamContext, metrics: Metrics) -> None:
        self._message, self._consumer, self._stream, self._metrics = message, consumer, stream, metrics

    @property
    def attempt(self) -> int:
        """The broker's own count."""
        return self._message.metadata.num_delivered

    async def ack(self) -> None:
        """Acknowledge."""
        await self._message.ack()

    async def nak(self, error: Exception) -> None:
        """Give it back; after the last attempt, bury it."""
        extra = {"durable": self._consumer.durable, "attempt": self.attempt, "error": type(error).__name__}
        if self.attempt >= ATTEMPTS:
            await self.term(f"{type(error).__name__} after {self.attempt} attempts")
            return
        logger.warning("will retry", extra=extra, exc_info=error)
        await self._message.nak(delay=retry_delay(self.attempt))

    async def term(self, reason: str) -> None:
        """Bury it, then drop it."""
        logger.error("dead letter", extra={"durable": self._consumer.durable, "reason": reason})
        self._metrics.count(DEAD_LETTERS_WRITTEN, {"handler": self._consumer.handler})
        await write_dead_letter(self._stream, self._consumer.service, self._message, reason)
        await self._message.term()

    async def in_progress(self) -> None:
        """Nobody else gets it meanwhile."""
        await self._message.in_progress()


class RedeliveryAcknowledgement:
    """A delivery that the operator has asked for: the durable knows nothing of it."""

    attempt = ATTEMPTS + 1

    def __init__(self) -> None:
        self.outcome = RedeliverReply(outcome="failed", reason="nothing is known of it")

    async def ack(self) -> None:
        """Say so."""
        self.outcome = RedeliverReply(outcome="done")

    async def nak(self, error: Exception) -> None:
        """Say what stood in the way, by name: messages may quote what people wrote."""
        logger.warning("failed once more", exc_info=error)
        self.outcome = RedeliverReply(outcome="failed", reason=type(error).__name__)

    async def term(self, reason: str) -> None:
        """Say why."""
        self.outcome = RedeliverReply(outcome="poison", reason=reason)

    async def in_progress(self) -> None:
        """The operator waits."""
