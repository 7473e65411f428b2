"""Limits wrong guesses per account.

A browser that has signed in before has guesses of its own, so that strangers lock nobody out.
"""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import time

from services.gateway.accounts.shared_guesses import GUESSES, WINDOW_S, GuessesUsedUp, SharedGuesses
from shared.problems import Forbidden, Problem, TooManyRequests, Unauthenticated

# Handles and devices that are remembered: about 20 MB at most.
REMEMBERED = 100_000
NONCE_BYTES = 16
PASSWORDS = "Too many wrong passwords for this account. Wait, or use a browser in which you have signed in before."


class KnownDevices:
    """Cookies that show that a browser has signed in to an account before. The server stores nothing."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, b"ottit known devices", "sha256")

    def issue(self, user_id: str) -> str:
        """Return a cookie for a browser that has just signed in."""
        nonce = secrets.token_hex(NONCE_BYTES)
        return f"{nonce}.{self._mark(user_id, nonce)}"

    def recognize(self, user_id: str, cookie: str) -> str:
        """Return what identifies the device; empty for an unknown device or a cookie of another account.

        A handle is not enough: it is free again once its owner is erased, who may have kept many cookies.
        """
        nonce, _, mark = cookie.partition(".")
        fits = hmac.compare_digest(mark.encode(errors="replace"), self._mark(user_id, nonce).encode())
        return nonce if fits and user_id else ""

    def _mark(self, user_id: str, nonce: str) -> str:
        return hmac.new(self._key, f"{user_id}\0{nonce}".encode(errors="replace"), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Guess:
    """A guess that was counted. `sequence`: its place in `GUESSES`, 0 if only this replica has counted it."""

    account: str
    device: str
    sequence: int


class GuessLimits:
    """Counts guesses by account and device: on all replicas, or in the memory of this one without the broker's help."""

    def __init__(
        self, shared: SharedGuesses | None = None, clock: Callable[[], float] = time, refusal: str = PASSWORDS
    ) -> None:
        """`clock` returns Unix seconds. `refusal`: what those who guessed too often are told."""
        self._shared = shared
        self._clock = clock
        self._refusal = refusal
        self._guesses: OrderedDict[tuple[str, str], list[float]] = OrderedDict()

    async def take(self, account: str, device: str = "") -> Guess:
        """Count a guess before it is checked.

        Raises:
            TooManyRequests: `too_many_guesses`, with the time to wait, also if there is no such account.
        """
        begin = self._clock() - WINDOW_S
        recent = [one for one in self._guesses.get((account, device), []) if one > begin]
        if len(recent) >= GUESSES:
            raise self._too_many(recent[0] - begin)
        self._guesses[account, device] = [*recent, self._clock()]
        self._guesses.move_to_end((account, device))
        if len(self._guesses) > REMEMBERED:
            self._guesses.popitem(last=False)
        try:
            return Guess(account, device, await self._shared.add(account, device) if self._shared else 0)
        except GuessesUsedUp as error:
            self._forget_one(account, device)
            raise self._too_many(WINDOW_S) from error

    @asynccontextmanager
    async def counted(self, account: str, device: str = "") -> AsyncIterator[None]:
        """Count a guess that the block checks, if it is wrong: any other error says nothing about it.

        Raises like `take`.
        """
        guess = await self.take(account, device)
        try:
            yield
        except (Unauthenticated, Forbidden):
            raise
        except Problem:
            await self.give_back(guess)
            raise
        await self.give_back(guess)

    async def is_last(self, guess: Guess) -> bool:
        """Return whether a guess that was wrong is the last one allowed for now: tell the owner."""
        if self._shared and guess.sequence and (count := await self._shared.count(guess.account, guess.device)):
            return count == GUESSES
        return len(self._guesses.get((guess.account, guess.device), [])) == GUESSES

    async def give_back(self, guess: Guess) -> None:
        """Uncount a guess that was right: only wrong ones count."""
        self._forget_one(guess.account, guess.device)
        if self._shared and guess.sequence:
            await self._shared.remove(guess.sequence)

    def _forget_one(self, account: str, device: str) -> None:
        if guesses := self._guesses.get((account, device)):
            guesses.pop()

    def _too_many(self, wait_s: float) -> TooManyRequests:
        return TooManyRequests(self._refusal, "too_many_guesses", {"Retry-After": str(max(1, round(wait_s)))})
