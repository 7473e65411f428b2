"""Limits wrong guesses per account.

A browser that has signed in before has guesses of its own, so that strangers lock nobody out.
"""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from time import time

from shared.problems import TooManyRequests

# 10 guesses in 15 minutes are 40 an hour and known device (OWASP ASVS 5, 6.3.1, wants a limit; NIST SP 800-63B allows
# 100 in all). People need two or three.
GUESSES, WINDOW_S = 10, 900.0
# Handles and devices that are remembered: about 20 MB at most.
REMEMBERED = 100_000
NONCE_BYTES = 16
PASSWORDS = "Too many wrong passwords for this account. Wait, or use a browser in which you have signed in before."


class KnownDevices:
    """Cookies that show that a browser has signed in to an account before. The server stores nothing."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, b"ottit known devices", "sha256")

    def issue(self, handle: str) -> str:
        """Return a cookie for a browser that has just signed in."""
        nonce = secrets.token_hex(NONCE_BYTES)
        return f"{nonce}.{self._mark(handle, nonce)}"

    def recognize(self, handle: str, cookie: str) -> str:
        """Return what identifies the device; empty for an unknown device or a cookie of another account."""
        nonce, _, mark = cookie.partition(".")
        return nonce if hmac.compare_digest(mark.encode(), self._mark(handle, nonce).encode()) else ""

    def _mark(self, handle: str, nonce: str) -> str:
        return hmac.new(self._key, f"{handle}\0{nonce}".encode(errors="replace"), hashlib.sha256).hexdigest()


class GuessLimits:
    """Counts guesses by account and device, in the memory of this replica."""

    def __init__(self, clock: Callable[[], float] = time, refusal: str = PASSWORDS) -> None:
        """`clock` returns Unix seconds. `refusal`: what those who guessed too often are told."""
        self._clock = clock
        self._refusal = refusal
        self._guesses: OrderedDict[tuple[str, str], list[float]] = OrderedDict()

    def take(self, account: str, device: str = "") -> bool:
        """Count a guess before it is checked. Returns True if it is the last one allowed for now: tell the owner.

        Raises:
            TooManyRequests: `too_many_guesses`, with the time to wait, also if there is no such account.
        """
        begin = self._clock() - WINDOW_S
        recent = [one for one in self._guesses.get((account, device), []) if one > begin]
        if len(recent) >= GUESSES:
            wait = max(1, round(recent[0] - begin))
            raise TooManyRequests(self._refusal, "too_many_guesses", {"Retry-After": str(wait)})
        self._guesses[account, device] = [*recent, self._clock()]
        self._guesses.move_to_end((account, device))
        if len(self._guesses) > REMEMBERED:
            self._guesses.popitem(last=False)
        return len(recent) + 1 == GUESSES

    def give_back(self, account: str, device: str = "") -> None:
        """Uncount a guess that was right: only wrong ones count."""
        if guesses := self._guesses.get((account, device)):
            guesses.pop()
