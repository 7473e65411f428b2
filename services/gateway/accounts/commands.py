"""Creates, checks and erases accounts. A key in `ACCOUNTS` makes a handle unique, a fact in the log makes a user."""

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from nats.aio.client import Client

from services.gateway.accounts.credential_store import CredentialStore
from services.gateway.accounts.handle_entries import OPEN, Admission, HandleEntries, HandleEntry
from services.gateway.accounts.identity_index import IdentityIndex
from services.gateway.accounts.nameless_authors import ensure_key
from services.gateway.accounts.password_hashing import PasswordHashing
from services.gateway.accounts.passwords import check_password
from shared.ids import new_id
from shared.log.append import ConcurrencyConflict, Log
from shared.log.crash_points import crash_point
from shared.log.events import (
    DecodeError,
    Event,
    Fact,
    Role,
    UserErased,
    UserRegistered,
    UserRoleGranted,
    UserRoleRevoked,
    record,
)
from shared.problems import Conflict, NotFound, Unauthenticated
from shared.security.data_keys import DataKeyStore, Erased, KeyLost
from shared.security.sealing import DecryptionError
from shared.telemetry.tracing import traceparent

logger = logging.getLogger(__name__)

# How long, and how often for each handle and process, a sign-up may be repeated: nobody can guess passwords with it.
REPEAT_WITHIN_S, MOST_REPEATS = 600.0, 5


@dataclass(frozen=True)
class Registered:
    """A user who exists in the log since this sequence."""

    user_id: str
    sequence: int


@dataclass(frozen=True)
class NewUser:
    """A new account: how it was admitted, and the reason that the person gave for wanting to join."""

    admission: Admission = OPEN
    reason: str = ""


# What operators create waits for nobody.
OPERATORS = NewUser()


class AccountCommands:
    """The write side of accounts: sign-up, password check, roles, erasure."""

    def __init__(self, broker: Client, keys: DataKeyStore, log: Log, issuer: str = "") -> None:
        self.issuer = issuer  # of the identity provider with which users can sign in; empty without one
        self._keys = keys
        self._log = log
        self._repeats: dict[str, int] = {}  # sign-ups that found their handle taken, by the user who has it
        self.handles = HandleEntries(broker)
        self.credentials = CredentialStore(broker)
        self.identities = IdentityIndex(broker, keys)
        self.hashing = PasswordHashing()

    @classmethod
    async def open(cls, broker: Client, keys: DataKeyStore, log: Log) -> "AccountCommands":
        """Return started commands over a connected broker."""
        commands = cls(broker, keys, log)
        await commands.start()
        return commands

    async def start(self) -> None:
        """Open the bucket `ACCOUNTS`."""
        await self.handles.start()
        await self.credentials.start()
        await self.identities.start()

    async def create(self, handle: str, password: str, *, user_id: str = "", new: NewUser = OPERATORS) -> Registered:
        """Create an account as it was admitted. The caller checks the handle: an operator may take a reserved one.

        Raises:
            Conflict: `handle_taken`.
            Invalid: the password is too easy to guess, see `check_password`.
        """
        user_id, secret = user_id or new_id(), ""
        if password:
            await asyncio.to_thread(check_password, password, handle)
            secret = await self.hashing.hash(password)
        entry = HandleEntry(id=user_id, password=secret, at=time.time(), admission=new.admission)
        if not await self.handles.take(handle, entry):
            if password and (repeated := await self.repeat(handle, password, new.reason)):
                return repeated
            if await self.id_or_empty(handle) != user_id:
                raise Conflict(f"The handle {handle} is taken.", "handle_taken")
        crash_point("after_handle_taken")
        return await self.register(user_id, handle, new)

    async def repeat(self, handle: str, password: str, reason: str = "") -> Registered | None:
        """Finish a sign-up that is sent again within ten minutes and with the same password; None if it is no repeat.

        It gets the same answer, because its first outcome may be unknown: the handle is taken before the user is in the
        log.
        """
        entry = await self.handles.read(handle)
        if entry is None or time.time() - entry.at > REPEAT_WITHIN_S:
            return None
        self._repeats[entry.id] = tries = self._repeats.get(entry.id, 0) + 1
        if tries > MOST_REPEATS:
            return None
        try:
            user_id = await self.check(handle, password)
        except Unauthenticated:
            return None
        return await self.register(user_id, handle, NewUser(entry.admission, reason))

    async def claim(self, handle: str, user_id: str) -> bool:
        """Reserve a handle for a user without a password, who cannot sign in. False if another user has it."""
        return await self.handles.take(handle, HandleEntry(id=user_id)) or await self.id_or_empty(handle) == user_id

    async def author_without_handle(self, author_id: str, post_id: str) -> str:
        """Create a data key for the author of an imported post, who has no handle. Returns the id."""
        await ensure_key(self._keys, self._log, author_id, post_id)
        return author_id

    async def register(
        self, user_id: str, handle: str, new: NewUser = OPERATORS, *, imported: bool = False
    ) -> Registered:
        """Create the user's data key and append their registration. Repeating it has no further effect."""
        key = await self._keys.create(user_id)
        crash_point("after_key_created")
        fact = UserRegistered(
            handle=key.seal(handle.encode(), user_id),
            imported=imported,
            waits=new.admission.waits,
            invited_by=new.admission.invited_by or None,
            reason=key.seal(new.reason.encode(), user_id) if new.reason else None,
        )
        try:
            appended = await self._log.append(_by(user_id, fact), after=0)
        except ConcurrencyConflict as lost:
            return Registered(user_id, lost.last.sequence if lost.last else 0)
        return Registered(user_id, appended.sequence)

    async def check(self, handle: str, password: str, *, is_known: bool = False) -> str:
        """Check a password. Returns the user's id. `is_known`: as in `PasswordHashing.matches`.

        Raises:
            Unauthenticated: `wrong_credentials`, for a wrong handle and a wrong password alike.
        """
        user_id, secret = await self._credentials(handle)
        changed = (await self.credentials.read(user_id)).password
        if not await self.hashing.matches(changed or secret, password, is_known=is_known):
            raise Unauthenticated("The handle or the password is wrong.", "wrong_credentials")
        return user_id

    async def has_password(self, handle: str) -> bool:
        """Return whether the user with this handle can sign in with a password."""
        user_id, secret = await self._credentials(handle)
        return bool((await self.credentials.read(user_id)).password or secret)

    async def id_or_empty(self, handle: str) -> str:
        """Return the id of the user with this handle; empty if there is none."""
        return (await self._credentials(handle))[0]

    async def id_of(self, handle: str) -> str:
        """Return the id of the user with this handle.

        Raises:
            NotFound: there is none.
        """
        user_id = await self.id_or_empty(handle)
        if not user_id:
            raise NotFound(f"There is no user called {handle}.")
        return user_id

    async def grant(self, user_id: str, role: Role, by: str, community: str | None = None) -> int:
        """Grant a role, everywhere or in one community, beside other roles. Returns the fact's sequence."""
        return await self.change(user_id, UserRoleGranted(role=role, community=community, keeps_others=True), by)

    async def revoke(self, user_id: str, role: Role, by: str, community: str | None = None) -> int:
        """Take a role away. Returns the fact's sequence. The last administrator keeps theirs all the same."""
        return await self.change(user_id, UserRoleRevoked(role=role, community=community), by)

    async def change(self, user_id: str, fact: Fact, by: str) -> int:
        """Append a fact about a user, after any facts that others append meanwhile. Returns its sequence.

        Raises:
            NotFound: the user does not exist or is erased.
        """
        event, after = _by(user_id, fact, by), None
        while True:  # each retry means that another writer appended a fact
            end = await self._log.end_of("user", user_id)
            if end.last is None or isinstance(end.last.data, UserErased) or end.sequence == after:
                raise NotFound("There is no such user.")
            after = end.sequence
            with suppress(ConcurrencyConflict):
                return (await self._log.append(event, after=after)).sequence

    async def exists(self, user_id: str) -> bool:
        """Return whether the log has a user, even an erased one."""
        return (await self._log.end_of("user", user_id)).last is not None

    async def forget(self, user_id: str) -> None:
        """Delete an erased user's handle and password, then their data key, which makes their texts unreadable.

        Repeating it has no further effect. The key is deleted last: while it exists, the erasure is unfinished.
        """
        try:
            handle = await self.handle_of(user_id)
        except Erased:
            return
        for identity in (await self.credentials.read(user_id)).identities:
            await self.identities.release(identity.id, user_id)
        await self.credentials.erase(user_id)
        if handle and (await self._credentials(handle))[0] == user_id:
            crash_point("before_handle_deleted")
            await self.handles.delete(handle)
        crash_point("before_key_deleted")
        await self._keys.erase(user_id)
        crash_point("after_key_deleted")

    async def handle_of(self, user_id: str) -> str:
        """Return the handle in a user's registration; empty if it cannot be read. Raises Erased without a data key."""
        try:
            key = await self._keys.key_of(user_id)
            registered = await self._log.last_by_subject(UserRegistered.subject(user_id))
            sealed = registered.data.handle if registered and isinstance(registered.data, UserRegistered) else None
            return key.open(sealed, user_id).decode() if sealed else ""
        except (DecodeError, KeyLost, DecryptionError, UnicodeDecodeError):
            logger.error("the handle of an erased user cannot be read and stays taken", extra={"user_id": user_id})
            return ""

    async def _credentials(self, handle: str) -> tuple[str, str]:
        entry = await self.handles.read(handle)
        return (entry.id, entry.password) if entry else ("", "")


def _by(user_id: str, fact: Fact, actor: str | None = None) -> Event:
    return record(fact, user_id, actor=actor or f"user:{user_id}", at=datetime.now(UTC), traceparent=traceparent())
