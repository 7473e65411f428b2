"""Limits rates, and the text that is sent, by user and by address."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from time import time

from services.gateway.http.use_counts import UseCounts
from shared.security.capabilities import CAPABILITIES

# Bytes of bodies in a minute: their number alone says little, as one post may be as long as a thousand others. A person
# can send nine posts of the longest kind; an address is shared by several people.
BYTES_OF_A_USER, BYTES_OF_AN_ADDRESS = 400_000, 2_000_000
_OF_A_USER, _OF_AN_ADDRESS = "bytes of a user", "bytes of an address"
# Moderation does not search in a normal form that is longer than this many times the text.
MOST_GROWTH = 4
# Normalizing sorts accents, in a time that grows with the square of their number.
PART = 128


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
    """Grants uses in fixed windows of one minute."""

    def __init__(self, scale: float, clock: Callable[[], float] = time, counts: UseCounts | None = None) -> None:
        """`scale` multiplies every rate. `counts` may be shared with other replicas; without it `clock` counts."""
        self._rates = {name: max(1, round(row.per_minute * scale)) for name, row in CAPABILITIES.items()}
        self._scale = scale
        self._counts = counts or UseCounts(b"", clock)

    def take(self, capability: str, who: str) -> Allowance:
        """Count one use and return the rest of the rate."""
        return self._count(capability, who, 1, self._rates[capability])

    def take_bytes(self, size: int, user_id: str | None, address: str) -> Allowance:
        """Count the bytes of a body against its user and address, and return the scarcer rest."""
        of_address = self._count(_OF_AN_ADDRESS, address, size, round(BYTES_OF_AN_ADDRESS * self._scale))
        if user_id is None:
            return of_address
        of_user = self._count(_OF_A_USER, user_id, size, round(BYTES_OF_A_USER * self._scale))
        return min(of_user, of_address, key=lambda allowance: (allowance.granted, allowance.remaining))

    def _count(self, what: str, who: str, amount: int, limit: int) -> Allowance:
        used = self._counts.add(what, who, amount, limit)
        is_first_refusal = used > limit and self._counts.is_first_refusal(what, who)
        return Allowance(used <= limit, limit, max(0, limit - used), self._counts.seconds_left(), is_first_refusal)


def growth(body: bytes) -> int:
    """Return by how many characters the normal form of a text in UTF-8 is longer, at most three times its length.

    U+FDFA alone becomes 18 characters, and all of them are searched.
    """
    if body.isascii():
        return 0
    text = body.decode(errors="replace")
    parts = (text[begin : begin + PART] for begin in range(0, len(text), PART))
    grown = sum(len(unicodedata.normalize("NFKD", part)) for part in parts) - len(text)
    return min(grown, (MOST_GROWTH - 1) * len(text))
