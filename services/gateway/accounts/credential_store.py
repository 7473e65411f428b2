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

from services.gateway.accounts.credential_generations import CredentialGenerations
from shared.ids import is_uuid7
from shared.log.events import Moment, Role
from shared.messaging.bucket_entries import delete_entry
from shared.problems import Unavailable

logger = logging.getLogger(__name__)

# Not the hash of any password, and not empty: the password of the sign-up does not count either.
NO_PASSWORD = "!"
LOST = (
    "The last change of this account's credentials is lost, and older ones let nobody in. An operator can create a "
    "link for a new password (`ottit user reset-password`), or put the credentials back from a backup."
)


class Reset(BaseModel):
    """A reset of the password, asked for or done. `code`: the hash of its code."""

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


class Identity(BaseModel):
    """A linked account at an identity provider. `id`: keyed hash of provider and person; `label` is sealed.

    `roles`: those that the provider's claim gave, with their community.
    """

    model_config = ConfigDict(frozen=True)
    id: str
    issuer: str
    label: str
    created_at: Moment
    roles: tuple[tuple[Role, str | None], ...] = ()


class UserCredentials(BaseModel):
    """A user's credentials. `id`: the user's id, by which a backup knows the owner."""

    model_config = ConfigDict(frozen=True)
    id: str
    password: str = ""  # hash of the password that replaces the one of the sign-up
    recovery_codes: tuple[str, ...] = ()  # hashes
    reset: Reset | None = None
    last_reset: Reset | None = None  # the code that set the password, for a repeat of the request
    mail: str = ""  # sealed
    mail_confirmed: bool = False
    passkeys: tuple[Passkey, ...] = ()
    identities: tuple[Identity, ...] = ()
    guessed_at: Moment | None = None  # when somebody last guessed too often
    generation: int = 0  # the number of changes so far

    def let_in(self, issuer: str) -> bool:
        """Return whether somebody without a password can sign in. `issuer`: of the site's identity provider."""
        return bool(self.passkeys) or any(one.issuer == issuer for one in self.identities if issuer)


Change = Callable[[UserCredentials], UserCredentials]


class CredentialStore:
    """Reads and changes the credentials of users."""

    _bucket: KeyValue

    def __init__(self, broker: Client) -> None:
        self._broker = broker
        self._generations = CredentialGenerations(broker)

    async def start(self) -> None:
        """Open the buckets."""
        self._bucket = await self._broker.jetstream().key_value("ACCOUNTS")
        await self._generations.start()

    async def read(self, user_id: str) -> UserCredentials:
        """Return a user's credentials; empty ones if none were ever stored.

        Raises:
            Unavailable: `credentials_damaged`, the operator finds the entry in the log output; `credentials_lost`, the
                stored ones are older than the user's last change.
        """
        stored, _ = await self._read(user_id)
        # Read second: a change stores the credentials first.
        if await self._is_older(stored):
            stored, _ = await self._read(user_id)
            await self._require_last(stored)
        return stored

    async def change(self, user_id: str, change: Change, *, despite_loss: bool = False) -> UserCredentials:
        """Change a user's credentials after any change that others make meanwhile. Returns the new ones.

        `change` may raise, which leaves everything as it is. It runs again after each lost race. `despite_loss`: if the
        last change is lost, nothing of the older ones stays; only for an operator who knows the user.

        Raises:
            Unavailable: like `read`.
        """
        while True:
            before, revision = await self._read(user_id)
            if await self._is_older(before):
                if not despite_loss:
                    await self._require_last((await self._read(user_id))[0])
                    continue
                before = UserCredentials(id=user_id, password=NO_PASSWORD)
            after = change(before)
            if after == before:
                return after
            generation = max(before.generation, await self._generations.of(user_id)) + 1
            after = after.model_copy(update={"generation": generation})
            with suppress(KeyWrongLastSequenceError):
                await self._bucket.update(_key(user_id), after.model_dump_json().encode(), revision)
                await self._generations.raise_to(user_id, generation)
                return after

    async def erase(self, user_id: str) -> None:
        """Delete a user's credentials and overwrite their bytes."""
        await delete_entry(self._broker, self._bucket, "ACCOUNTS", _key(user_id))
        await self._generations.erase(user_id)

    async def _is_older(self, stored: UserCredentials) -> bool:
        return stored.generation < await self._generations.of(stored.id)

    async def _require_last(self, stored: UserCredentials) -> None:
        if await self._is_older(stored):
            logger.error("the last change of stored credentials is lost", extra={"user_id": stored.id})
            raise Unavailable(LOST, "credentials_lost")

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
    """Return the key of a user's entry. A text that is no id raises ValueError: not every text can be a key."""
    if user_id and not is_uuid7(user_id):
        raise ValueError("the id of a user is malformed")
    # No handle contains a dot.
    return f"credentials.{user_id or 'nobody'}"
