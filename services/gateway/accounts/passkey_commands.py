"""Passkeys (WebAuthn): added, removed and checked. The browser verifies the person, so one is enough to sign in."""

from datetime import UTC, datetime
from typing import Any

from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException

from services.gateway.accounts.commands import AccountCommands
from services.gateway.accounts.credential_store import Passkey, UserCredentials
from services.gateway.accounts.passkey_challenges import Expected
from services.gateway.accounts.password_commands import PasswordCommands
from shared.problems import Conflict, Invalid, NotFound, Unauthenticated
from shared.security.data_keys import DataKeyStore

# Phones, computers and a few security keys.
MOST = 20


class PasskeyCommands:
    """The write side of passkeys."""

    def __init__(self, accounts: AccountCommands, passwords: PasswordCommands, keys: DataKeyStore) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._keys = keys

    async def names(self, user_id: str) -> list[tuple[Passkey, str]]:
        """Return a user's passkeys with their names, the oldest first."""
        return [
            (one, await self._keys.open_label(user_id, one.name, user_id))
            for one in (await self._read(user_id)).passkeys
        ]

    async def add(self, user_id: str, name: str, credential: dict[str, Any], expected: Expected) -> None:
        """Store a new passkey.

        Raises:
            Invalid: `passkey_refused`, the browser's answer does not fit the challenge or this site.
            Conflict: `too_many_passkeys`.
        """
        try:
            made = verify_registration_response(
                credential=credential,
                expected_challenge=expected.challenge,
                expected_rp_id=expected.host,
                expected_origin=expected.origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise Invalid("The browser's answer does not fit this site or this request.", "passkey_refused") from error
        passkey = Passkey(
            id=bytes_to_base64url(made.credential_id),
            public_key=bytes_to_base64url(made.credential_public_key),
            sign_count=made.sign_count,
            name=(await self._keys.key_of(user_id)).seal(name.encode(), user_id),
            created_at=datetime.now(UTC),
        )

        def added(now: UserCredentials) -> UserCredentials:
            if len(now.passkeys) >= MOST:
                raise Conflict(f"An account has at most {MOST} passkeys.", "too_many_passkeys")
            others = [one for one in now.passkeys if one.id != passkey.id]
            return now.model_copy(update={"passkeys": (*others, passkey)})

        await self._accounts.credentials.change(user_id, added)
        await self._passwords.note(user_id, "passkey_added")

    async def remove(self, user_id: str, handle: str, passkey_id: str) -> None:
        """Remove a passkey.

        Raises:
            NotFound: there is none.
            Conflict: `last_sign_in`, nothing else would let the user in.
        """
        has_password = await self._accounts.has_password(handle)

        def removed(now: UserCredentials) -> UserCredentials:
            left = tuple(one for one in now.passkeys if one.id != passkey_id)
            if len(left) == len(now.passkeys):
                raise NotFound("You have no such passkey.")
            after = now.model_copy(update={"passkeys": left})
            if not has_password and not after.let_in(self._accounts.issuer):
                raise Conflict("Set a password first: nothing else would let you in.", "last_sign_in")
            return after

        await self._accounts.credentials.change(user_id, removed)
        await self._passwords.note(user_id, "passkey_removed")

    async def check(self, credential: dict[str, Any], expected: Expected) -> str:
        """Check that the sender holds a passkey. Returns the user's id.

        Raises:
            Unauthenticated: `passkey_unknown`, for every reason alike.
        """
        try:
            user_id = base64url_to_bytes(credential["response"]["userHandle"]).decode()
            stored = await self._read(user_id)
            passkey = next(one for one in stored.passkeys if one.id == credential["id"])
            checked = verify_authentication_response(
                credential=credential,
                expected_challenge=expected.challenge,
                expected_rp_id=expected.host,
                expected_origin=expected.origin,
                credential_public_key=base64url_to_bytes(passkey.public_key),
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, StopIteration, ValueError, KeyError, TypeError) as error:
            raise Unauthenticated("This passkey belongs to no account here.", "passkey_unknown") from error
        if checked.new_sign_count != passkey.sign_count:
            await self._count(user_id, passkey.id, checked.new_sign_count)
        return user_id

    async def _count(self, user_id: str, passkey_id: str, count: int) -> None:
        """Store the authenticator's counter: a lower one later would show a copy of it."""

        def counted(now: UserCredentials) -> UserCredentials:
            changed = tuple(
                one.model_copy(update={"sign_count": max(count, one.sign_count)}) if one.id == passkey_id else one
                for one in now.passkeys
            )
            return now.model_copy(update={"passkeys": changed})

        await self._accounts.credentials.change(user_id, counted)

    async def _read(self, user_id: str) -> UserCredentials:
        return await self._accounts.credentials.read(user_id)
