"""Notices a durable whose messages wait while none is taken."""

from collections.abc import Callable
from time import monotonic

# The slowest provider answers within a minute, and the first failures are retried within one.
STALLED_AFTER_S = 120.0


class Progress:
    """Remembers when a durable last advanced. It advances whenever a new message is delivered."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._delivered = -1
        self._advanced_at = clock()

    def problem(self, delivered: int, waiting: int) -> str:
        """Return why the durable stands still, or an empty text.

        `delivered`: the sequence of the last delivered message; `waiting`: messages that were never delivered.
        """
        now = self._clock()
        if delivered != self._delivered or not waiting:
            self._delivered, self._advanced_at = delivered, now
        standing_s = now - self._advanced_at
        if standing_s < STALLED_AFTER_S:
            return ""
        return (
            f"{waiting} messages wait and none was taken for {standing_s:.0f} s, because earlier ones fail or hang: "
            "see the log of this service. Nothing is lost."
        )
