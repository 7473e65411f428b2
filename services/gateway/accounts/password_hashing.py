"""Hashes and verifies passwords, a few at a time."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from shared.problems import Unavailable

# argon2id with the library's defaults, RFC 9106's second recommended option (64 MiB, 3 passes), but on one lane:
# sign-ins must not starve the rest of a small machine.
HASHER = PasswordHasher(parallelism=1)
# Verified if a handle does not exist, so that the response time reveals nothing.
DECOY = HASHER.hash("a password that nobody has")
# Each hash needs 64 MiB for a moment; more than two wait.
HASHING_AT_ONCE = 2
# Strangers beyond these are refused at once. So a password that waits is checked within a few seconds, even during a
# flood from many addresses.
MOST_WAITING = 20

Result = TypeVar("Result")


class PasswordHashing:
    """argon2id in a thread, limited in memory."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(HASHING_AT_ONCE)
        self.waiting = 0  # also those whose turn it is

    async def hash(self, password: str) -> str:
        """Return the hash of a password with its salt and parameters.

        Raises:
            Unavailable: `overloaded`.
        """
        return await self._in_turn(HASHER.hash, password)

    async def matches(self, stored: str, password: str, *, is_known: bool = False) -> bool:
        """Return whether a password has this hash. An empty hash matches nothing and takes as long.

        `is_known`: the user, or their browser, has signed in before, and always gets a turn.

        Raises:
            Unavailable: `overloaded`.
        """
        return await self._in_turn(_matches, stored or DECOY, password, is_known=is_known)

    async def _in_turn(self, work: Callable[..., Result], *given: str, is_known: bool = False) -> Result:
        if self.waiting >= MOST_WAITING and not is_known:
            raise Unavailable("Very many people are signing in at the moment. Try again.", "overloaded")
        self.waiting += 1
        try:
            async with self._slots:
                return await asyncio.to_thread(work, *given)
        finally:
            self.waiting -= 1


def _matches(stored: str, password: str) -> bool:
    try:
        return HASHER.verify(stored, password) and stored != DECOY
    except (VerifyMismatchError, InvalidHashError):
        return False
