"""Limits rates, and the bytes that are sent, by user and by address."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from time import time

from shared.security.capabilities import CAPABILITIES

# The table of capabilities states rates per minute.
WINDOW_S = 60
# Bytes of bodies in a minute: their number alone says little, as one post may be as long as a thousand others. A person
# can send nine posts of the longest kind; an address is shared by several people.
BYTES_OF_A_USER, BYTES_OF_AN_ADDRESS = 400_000, 2_000_000
_BYTES = "bytes"


@dataclass(frozen=True)
class Allowance:
    """The rest of a rate. `reset_s`: seconds until it is full again. `is_first_refusal`: the first one until then."""

    granted: bool
    limit: int
    remaining: int
    reset_s: int
    is_first_refusal: bool = False

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
        self._scale, self._clock = scale, clock
        self._window = 0
        self._used: Counter[tuple[str, str]] = Counter()

    def take(self, capability: str, who: str) -> Allowance:
        """Count one use and return the rest of the rate."""
        return self._count(capability, who, 1, self._rates[capability])

    def take_bytes(self, size: int, user_id: str | None, address: str) -> Allowance:
        """Count the bytes of a body against its user and address, and return the scarcer rest."""
        of_address = self._count(_BYTES, address, size, round(BYTES_OF_AN_ADDRESS * self._scale))
        if user_id is None:
            return of_address
        of_user = self._count(_BYTES, user_id, size, round(BYTES_OF_A_USER * self._scale))
        return min(of_user, of_address, key=lambda allowance: (allowance.granted, allowance.remaining))

    def _count(self, what: str, who: str, amount: int, limit: int) -> Allowance:
        now = self._clock()
        window = int(now // WINDOW_S)
        if window != self._window:
            self._window = window
            self._used.clear()
        self._used[what, who] += amount
        used = self._used[what, who]
        reset_s = round((window + 1) * WINDOW_S - now)
        return Allowance(used <= limit, limit, max(0, limit - used), reset_s, used - amount <= limit < used)
