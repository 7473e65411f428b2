"""Changes and resets passwords: by the old one, by a recovery code, by a code of an operator or from a mail."""

import asyncio
import base64
import hashlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from services.gateway.accounts.commands import AccountCommands
from services.gateway.accounts.credential_store import Reset, UserCredentials
from services.gateway.accounts.passwords import check_password
from shared.ids import is_uuid7
from shared.log.events import SecurityChange, UserSecurityChanged
from shared.problems import Forbidden, Unauthenticated

RECOVERY_CODES = 10
# From 112 bits on, a plain hash is enough (OWASP ASVS 5, 6.5.2), and secrets have at least 128 (11.5.1).
RECOVERY_BYTES, RESET_BYTES = 16, 32
# Long enough for a mail that is delayed, short enough for one that is found later.
RESET_LASTS = timedelta(hours=1)
# How long a reset whose outcome is unknown may be sent again.
REPEAT_WITHIN = timedelta(minutes=10)


class PasswordCommands:
    """The write side of passwords and of the ways to get a new one.

    A repeat after an unknown outcome succeeds: with the new password as the current one, or with the code that set it.
    """

    def __init__(self, accounts: AccountCommands) -> None:
        self._accounts = accounts
        self._store = accounts.credentials

    async def change(self, user_id: str, handle: str, current: str, new: str) -> None:
        """Replace the password.

        Raises:
            Forbidden: `wrong_password`.
            Invalid: the new one is too easy to guess.
        """
        await asyncio.to_thread(check_password, new, handle)
        if await self._accounts.has_password(handle) and not await self._is_password(handle, current, new):
            raise Forbidden("The current password is wrong.", "wrong_password")
        await self._store_password(user_id, new, lambda now: now, "password_changed", code="")

    async def new_recovery_codes(self, user_id: str) -> list[str]:
        """Replace the recovery codes. Returns them; only their hashes are stored."""
        codes = [_readable(secrets.token_bytes(RECOVERY_BYTES)) for _ in range(RECOVERY_CODES)]
        hashes = tuple(map(_hashed, codes))
        await self._store.change(user_id, lambda now: now.model_copy(update={"recovery_codes": hashes}))
        await self.note(user_id, "recovery_codes_made")
        return codes

    async def recover(self, handle: str, code: str, new: str) -> str:
        """Set a new password with a recovery code, which is used up. Returns the user's id.

        Raises:
            Unauthenticated: `wrong_code`, for a wrong handle and a wrong code alike.
            Invalid: the new password is too easy to guess.
        """
        await asyncio.to_thread(check_password, new, handle)
        user_id, hashed = await self._accounts.id_or_empty(handle), _hashed(code)

        def used_up(now: UserCredentials) -> UserCredentials:
            _require(hashed in now.recovery_codes)
            left = tuple(one for one in now.recovery_codes if one != hashed)
            return now.model_copy(update={"recovery_codes": left})

        return await self._store_password(user_id, new, used_up, "recovery_code_used", code=hashed)

    async def begin_reset(self, user_id: str, by: str = "") -> str:
        """Return a code for one new password within an hour; it replaces an earlier one.

        `by`: the operator who asked for it. Theirs also works when the user's last credentials are lost.
        """
        code = f"{user_id}.{secrets.token_urlsafe(RESET_BYTES)}"
        reset = Reset(code=_hashed(code), expires_at=datetime.now(UTC) + RESET_LASTS)
        await self._store.change(user_id, lambda now: now.model_copy(update={"reset": reset}), despite_loss=bool(by))
        await self.note(user_id, "reset_requested", by)
        return code

    async def reset(self, code: str, new: str, handle: str) -> str:
        """Set a new password with the code of a reset. Returns the user's id.

        Raises:
            Unauthenticated: `wrong_code`, it is wrong, used or expired.
            Invalid: the new password is too easy to guess.
        """
        await asyncio.to_thread(check_password, new, handle)
        user_id, hashed, now = code.partition(".")[0], _hashed(code), datetime.now(UTC)
        # Not every text can be a key of the bucket.
        _require(is_uuid7(user_id))

        def used_up(stored: UserCredentials) -> UserCredentials:
            _require(stored.reset is not None and stored.reset.code == hashed and stored.reset.expires_at > now)
            return stored

        return await self._store_password(user_id, new, used_up, "password_reset", code=hashed)

    async def note(self, user_id: str, change: SecurityChange, by: str = "") -> None:
        """Append the fact that a user's credentials have changed, for auditors."""
        await self._accounts.change(user_id, UserSecurityChanged(change=change), by or f"user:{user_id}")

    async def _store_password(
        self, user_id: str, new: str, use: Callable[[UserCredentials], UserCredentials], change: SecurityChange,
        *, code: str,
    ) -> str:  # fmt: skip
        """Store a password, end an open reset, and `use` up a code in the same write. Returns the user's id.

        `code`: the hash of that code; empty without one.
        """
        password = await self._accounts.hashing.hash(new)
        last = Reset(code=code, expires_at=datetime.now(UTC) + REPEAT_WITHIN) if code else None
        stored = {"password": password, "reset": None, "last_reset": last}
        try:
            await self._store.change(user_id, lambda now: use(now).model_copy(update=stored))
        except Unauthenticated:
            if not await self._is_repeat(user_id, code, new):
                raise
        await self.note(user_id, change)
        return user_id

    async def _is_repeat(self, user_id: str, code: str, new: str) -> bool:
        """Return whether this code has just set this password. Any other code must not tell if a password is right."""
        stored = await self._store.read(user_id)
        last = stored.last_reset
        if last is None or last.code != code or last.expires_at < datetime.now(UTC):
            return False
        return await self._accounts.hashing.matches(stored.password, new)

    async def _is_password(self, handle: str, *candidates: str) -> bool:
        for one in candidates:
            try:
                await self._accounts.check(handle, one, is_known=True)
            except Unauthenticated:
                continue
            return True
        return False


def _require(fits: bool) -> None:
    if not fits:
        raise Unauthenticated("The code is wrong, used or expired.", "wrong_code")


def _readable(secret: bytes) -> str:
    """Return a code of letters and digits (RFC 4648, base 32, which has no 0 and no 1) in groups of five."""
    code = base64.b32encode(secret).decode().rstrip("=").lower()
    return "-".join(code[begin : begin + 5] for begin in range(0, len(code), 5))


def _hashed(code: str) -> str:
    plain = code.strip().lower().replace("-", "") if "." not in code else code.strip()
    return hashlib.sha256(plain.encode(errors="replace")).hexdigest()
