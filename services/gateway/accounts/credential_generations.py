"""Counts the changes of each user's credentials a second time, in the bucket `MARKS`.

A damaged bucket `ACCOUNTS` can lose the last revision of an entry. The broker then returns the one before, whose
password the user has replaced, or nothing, and the password of the sign-up would count again. The number here tells.
"""

from contextlib import suppress

from nats.aio.client import Client
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from shared.messaging.bucket_entries import delete_entry
from shared.security.credential_changes import BUCKET, PREFIX, as_number


class CredentialGenerations:
    """The number of the last change of each user's credentials; 0 before the first."""

    _bucket: KeyValue

    def __init__(self, broker: Client) -> None:
        self._broker = broker

    async def start(self) -> None:
        """Open the bucket `MARKS`."""
        self._bucket = await self._broker.jetstream().key_value(BUCKET)

    async def of(self, user_id: str) -> int:
        """Return the number of a user's last change."""
        return (await self._read(user_id))[0]

    async def raise_to(self, user_id: str, generation: int) -> None:
        """Record a change that is stored. A lower number than the recorded one changes nothing."""
        while True:
            known, revision = await self._read(user_id)
            if generation <= known:
                return
            with suppress(KeyWrongLastSequenceError):  # another replica has recorded a change
                await self._bucket.update(_key(user_id), str(generation).encode(), revision)
                return

    async def erase(self, user_id: str) -> None:
        """Forget a user."""
        await delete_entry(self._broker, self._bucket, BUCKET, _key(user_id))

    async def _read(self, user_id: str) -> tuple[int, int]:
        try:
            entry = await self._bucket.get(_key(user_id))
        except KeyNotFoundError:
            return 0, 0
        return as_number(entry.value or b""), entry.revision or 0


def _key(user_id: str) -> str:
    return f"{PREFIX}{user_id or 'nobody'}"
