"""Limits rates by user, or by address for visitors."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from time import time

from shared.security.capabilities import CAPABILITIES

# The table of capabilities states rates per minute.
WINDOW_S = 60


@dataclass(frozen=True)
class Allowance:
    """The rest of a rate. `reset_s`: seconds until it is full again."""

    granted: bool
    limit: int
    remaining: int
    reset_s: int

    def headers(self) -> dict[str, str]:
        """Return the `RateLimit-*` headers."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_s),
        }


class Limiter:
    """Counts uses in fixed windows of one minute, in the memory of this replica."""

    def __init__(self, scale: float, clock: Callable[[], float] = time) -> None:
        """`scale` multiplies every rate. `clock` returns Unix seconds."""
        self._rates = {name: max(1, round(row.per_minute * scale)) for name, row in CAPABILITIES.items()}
        self._clock = clock
        self._window = 0
        self._used: Counter[tuple[str, str]] = Counter()

    def take(self, capability: str, who: str) -> Allowance:
        """Count one use and return the rest of the rate."""
        now = self._clock()
        window = int(now // WINDOW_S)
        if window != self._window:
            self._window = window
            self._used.clear()
        self._used[capability, who] += 1
        limit, used = self._rates[capability], self._used[capability, who]
        reset_s = round((window + 1) * WINDOW_S - now)
        return Allowance(used <= limit, limit, max(0, limit - used), reset_s)
