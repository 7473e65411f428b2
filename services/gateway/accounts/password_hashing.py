"""Hashes and verifies passwords, a few at a time."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

# argon2id with the library's defaults, RFC 9106's second recommended option (64 MiB, 3 passes), but on one lane:
# sign-ins must not starve the rest of a small machine.
HASHER = PasswordHasher(parallelism=1)
# Verified if a handle does not exist, so that the response time reveals nothing.
DECOY = HASHER.hash("a password that nobody has")
# Each hash needs 64 MiB for a moment; more than two wait.
HASHING_AT_ONCE = 2


class PasswordHashing:
    """argon2id in a thread, limited in memory."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(HASHING_AT_ONCE)

    async def hash(self, password: str) -> str:
        """Return the hash of a password with its salt and parameters."""
        async with self._slots:
            return await asyncio.to_thread(HASHER.hash, password)

    async def matches(self, stored: str, password: str) -> bool:
        """Return whether a password has this hash. An empty hash matches nothing and takes as long."""
        async with self._slots:
            return await asyncio.to_thread(_matches, stored or DECOY, password)


def _matches(stored: str, password: str) -> bool:
    try:
        return HASHER.verify(stored, password) and stored != DECOY
    except (VerifyMismatchError, InvalidHashError):
        return False
