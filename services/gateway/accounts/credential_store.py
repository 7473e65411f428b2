"""Stores a user's credentials that change: one entry of the bucket `ACCOUNTS` per user, under the user's id.

The entry under the handle names the user and holds the password of the sign-up. It never changes, because old revisions
of an entry, whose key would be the handle, stay in the broker's file for a while. Everything personal here is sealed.
"""

import logging
from collections.abc import Callable
from contextlib import suppress

from nats.aio.client import Client
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue
from pydantic import BaseModel, ConfigDict, ValidationError

from shared.log.events import Moment
from shared.messaging.bucket_entries import delete_entry
from shared.problems import Unavailable

logger = logging.getLogger(__name__)


class Reset(BaseModel):
    """A reset of the password that was asked for. `code`: the hash of its code."""

    model_config = ConfigDict(frozen=True)
    code: str
    expires_at: Moment


class Passkey(BaseModel):
    """A passkey. `id` and `public_key` are base64url; `name` is sealed."""

    model_config = ConfigDict(frozen=True)
    id: str
    public_key: str
    sign_count: int
    name: str
    created_at: Moment


class UserCredentials(BaseModel):
    """A user's credentials. `id`: the user's id, by which a backup knows the owner."""

    model_config = ConfigDict(frozen=True)
    id: str
    password: str = ""  # hash of the password that replaces the one of the sign-up
    recovery_codes: tuple[str, ...] = ()  # hashes
    reset: Reset | None = None
    mail: str = ""  # sealed
    mail_confirmed: bool = False
    passkeys: tuple[Passkey, ...] = ()
    guessed_at: Moment | None = None  # when somebody last guessed too often


Change = Callable[[UserCredentials], UserCredentials]


class CredentialStore:
    """Reads and changes the credentials of users."""

    _bucket: KeyValue

    def __init__(self, broker: Client) -> None:
        self._broker = broker

    async def start(self) -> None:
        """Open the bucket `ACCOUNTS`."""
        self._bucket = await self._broker.jetstream().key_value("ACCOUNTS")

    async def read(self, user_id: str) -> UserCredentials:
        """Return a user's credentials; empty ones if none were ever stored.

        Raises:
            Unavailable: `credentials_damaged`; the operator finds the entry in the log output.
        """
        return (await self._read(user_id))[0]

    async def change(self, user_id: str, change: Change) -> UserCredentials:
        """Change a user's credentials after any change that others make meanwhile. Returns the new ones.

        `change` may raise, which leaves everything as it is. It runs again after each lost race.
        """
        while True:
            before, revision = await self._read(user_id)
            after = change(before)
            if after == before:
                return after
            with suppress(KeyWrongLastSequenceError):
                await self._bucket.update(_key(user_id), after.model_dump_json().encode(), revision)
                return after

    async def erase(self, user_id: str) -> None:
        """Delete a user's credentials and overwrite their bytes."""
        await delete_entry(self._broker, self._bucket, "ACCOUNTS", _key(user_id))

    async def _read(self, user_id: str) -> tuple[UserCredentials, int]:
        try:
            entry = await self._bucket.get(_key(user_id))
        except KeyNotFoundError:
            return UserCredentials(id=user_id), 0
        try:
            return UserCredentials.model_validate_json(entry.value or b""), entry.revision or 0
        except ValidationError as error:
            logger.error("stored credentials are damaged", extra={"user_id": user_id, "revision": entry.revision})
            detail = "This account's credentials cannot be read. An operator can restore them from a backup."
            raise Unavailable(detail, "credentials_damaged") from error


def _key(user_id: str) -> str:
    # No handle contains a dot.
    return f"credentials.{user_id or 'nobody'}"
