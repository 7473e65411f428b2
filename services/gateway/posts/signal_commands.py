"""Appends votes, reads and "show less" as signals: the last one of a user on a post replaces those before."""

from datetime import UTC, datetime

from nats.aio.client import Client

from shared.log.crash_points import crash_point
from shared.log.events import FULL_WEIGHT
from shared.log.signals import Signal, SignalKind


class SignalCommands:
    """The write side of signals."""

    def __init__(self, broker: Client) -> None:
        self._broker = broker

    async def send(self, kind: SignalKind, post_id: str, user_id: str, value: int, *, weight: int = FULL_WEIGHT) -> int:
        """Append a signal. `weight`: of a vote, in percent. Returns its sequence in `SIGNALS`."""
        signal = Signal(
            kind=kind, post_id=post_id, user_id=user_id, value=value, occurred_at=datetime.now(UTC), weight=weight
        )
        crash_point("before_signal")
        ack = await self._broker.jetstream().publish(signal.subject, signal.encode(), stream="SIGNALS")
        crash_point("after_signal")
        return ack.seq
