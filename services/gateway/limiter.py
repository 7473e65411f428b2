"""Rates: for each person, or for each address while nobody is signed in."""

from dataclasses import dataclass
from time import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from shared.capabilities import CAPABILITIES


@dataclass(frozen=True)
class Allowance:
    """What is left of a rate: `reset_s` seconds until it is whole again."""

    granted: bool
    limit: int
    remaining: int
    reset_s: int

    def headers(self) -> dict[str, str]:
        """The `RateLimit-*` headers."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_s),
        }


class Limiter:
    """Fixed windows of one minute, counted in this replica's memory."""

    def __init__(self, scale: float) -> None:
        self._windows = FixedWindowRateLimiter(MemoryStorage())
        self._rates = {
            name: RateLimitItemPerMinute(max(1, round(row.per_minute * scale))) for name, row in CAPABILITIES.items()
        }

    def take(self, capability: str, who: str) -> Allowance:
        """Count one use."""
        rate = self._rates[capability]
        granted = self._windows.hit(rate, capability, who)
        window = self._windows.get_window_stats(rate, capability, who)
        return Allowance(granted, rate.amount, window.remaining, max(0, round(window.reset_time - time())))
