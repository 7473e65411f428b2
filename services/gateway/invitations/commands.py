"""Makes, uses and revokes invitations. They are in the bucket `ACCOUNTS`, under the hash of their code."""

import hashlib
import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from nats.aio.client import Client
from nats.js.errors import InvalidKeyError, KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue
from pydantic import ValidationError

from services.gateway.invitations.domain import MOST_OPEN, Invitation
from shared.log.append import Log
from shared.log.events import DecodeError, UserRegistered
from shared.log.read_to_end import read_to_end
from shared.messaging.bucket_entries import delete_entry
from shared.problems import Conflict, Forbidden

logger = logging.getLogger(__name__)
# No handle contains a dot.
PREFIX = "invitation."
# 192 bits: nobody guesses one, so a plain hash is enough. The link stays short.
CODE_BYTES = 24
ID_DIGITS = 32
USER_ACTOR = "user:"


@dataclass(frozen=True)
class Made:
    """An invitation with its id. `code`: only when it was just made; nobody can read it later."""

    id: str
    invitation: Invitation
    code: str = ""


class InvitationCommands:
    """The write side of invitations. Uses are counted by compare-and-set, so that gateways agree on the last one."""

    _bucket: KeyValue

    def __init__(self, broker: Client, log: Log, may_invite: Callable[[str], bool] = lambda _: True) -> None:
        """`may_invite`: whether the invitations of the user with this id count now."""
        self._broker = broker
        self._log = log
        self.may_invite = may_invite

    async def start(self) -> None:
        """Open the bucket `ACCOUNTS`."""
        self._bucket = await self._broker.jetstream().key_value("ACCOUNTS")

    async def make(self, maker_id: str, made_by: str, uses: int, days: int) -> Made:
        """Make an invitation for so many sign-ups within so many days.

        Raises:
            Conflict: `too_many_invitations`.
        """
        now = datetime.now(UTC)
        mine = [one for one in await self.of(maker_id) if one.invitation.expires_at > now]
        if len(mine) >= MOST_OPEN and made_by.startswith(USER_ACTOR):
            raise Conflict(f"You have {MOST_OPEN} open invitations. Revoke some first.", "too_many_invitations")
        code = secrets.token_urlsafe(CODE_BYTES)
        expires_at = now + timedelta(days=days)
        made = Invitation(id=maker_id, made_by=made_by, made_at=now, expires_at=expires_at, most_uses=uses)
        await self._bucket.create(_key(id_of(code)), made.model_dump_json().encode())
        return Made(id_of(code), made, code)

    async def take(self, code: str, user_id: str) -> Made:
        """Use an invitation for a user who is about to be created. Returns it.

        Raises:
            Forbidden: `invitation_invalid`, it is unknown, expired, revoked or used up, or its maker may not invite.
        """
        return await self.take_by_id(id_of(code), user_id)

    async def take_by_id(self, invitation_id: str, user_id: str) -> Made:
        """Use an invitation whose id is known; once for each user. Raises like `take`."""
        while True:
            stored, revision = await self._read(invitation_id)
            now = datetime.now(UTC)
            if stored is None or not self._counts(stored, now):
                raise _invalid()
            if any(use.user_id == user_id for use in stored.uses):
                return Made(invitation_id, stored)
            if not stored.is_open(now):
                stored = stored.without_use(*await self._unfinished(stored, now))
            if not stored.is_open(now):
                raise _invalid()
            used = stored.with_use(user_id, now)
            with suppress(KeyWrongLastSequenceError):
                await self._bucket.update(_key(invitation_id), used.model_dump_json().encode(), revision)
                return Made(invitation_id, used)

    async def give_back(self, invitation_id: str, user_id: str) -> None:
        """Undo a use whose sign-up was refused."""
        while True:
            stored, revision = await self._read(invitation_id)
            if stored is None or stored.without_use(user_id) == stored:
                return
            with suppress(KeyWrongLastSequenceError):
                left = stored.without_use(user_id).model_dump_json().encode()
                await self._bucket.update(_key(invitation_id), left, revision)
                return

    async def revoke(self, invitation_id: str) -> None:
        """Delete an invitation and overwrite its bytes. Accounts that it created stay."""
        with suppress(InvalidKeyError):
            await delete_entry(self._broker, self._bucket, "ACCOUNTS", _key(invitation_id))

    async def revoke_all(self, maker_id: str) -> None:
        """Delete all invitations of a user."""
        for one in await self.of(maker_id):
            await self.revoke(one.id)

    async def of(self, maker_id: str) -> list[Made]:
        """Return a user's invitations, newest first; without the long expired ones, which it deletes."""
        return [one for one in await self.all() if one.invitation.id == maker_id]

    async def all(self) -> list[Made]:
        """Return all invitations, newest first; without the expired ones, which it deletes."""
        found: list[Made] = []
        now = datetime.now(UTC)
        pattern = f"$KV.ACCOUNTS.{PREFIX}*"
        async for message in read_to_end(self._broker, "KV_ACCOUNTS", subject=pattern):
            invitation_id = message.subject.rsplit(".", 1)[-1]
            invitation = _decoded(message.data) if message.data else None
            if invitation and invitation.expires_at > now:
                found.append(Made(invitation_id, invitation))
            elif message.data:
                await self.revoke(invitation_id)
        return sorted(found, key=lambda one: one.invitation.made_at, reverse=True)

    def _counts(self, stored: Invitation, now: datetime) -> bool:
        by_user = stored.made_by.startswith(USER_ACTOR)
        return stored.expires_at > now and (not by_user or self.may_invite(stored.id))

    async def _unfinished(self, stored: Invitation, now: datetime) -> list[str]:
        """Return the users who used an invitation and were never created: their process died, or lost the broker."""
        return [one for one in stored.perhaps_unfinished(now) if not await self._is_registered(one)]

    async def _is_registered(self, user_id: str) -> bool:
        try:
            return await self._log.last_by_subject(UserRegistered.subject(user_id)) is not None
        except DecodeError:
            return True

    async def _read(self, invitation_id: str) -> tuple[Invitation | None, int]:
        try:
            entry = await self._bucket.get(_key(invitation_id))
        except (KeyNotFoundError, InvalidKeyError):
            return None, 0
        return _decoded(entry.value or b""), entry.revision or 0


def id_of(code: str) -> str:
    """Return the id of the invitation with this code: the beginning of the code's hash."""
    return hashlib.sha256(code.strip().encode(errors="replace")).hexdigest()[:ID_DIGITS]


def _key(invitation_id: str) -> str:
    return PREFIX + invitation_id


def _decoded(stored: bytes) -> Invitation | None:
    try:
        return Invitation.model_validate_json(stored)
    except ValidationError:
        logger.error("a stored invitation is damaged and counts as revoked")
        return None


def _invalid() -> Forbidden:
    return Forbidden("This invitation is unknown, expired, revoked or used up.", "invitation_invalid")
