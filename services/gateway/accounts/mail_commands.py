"""Mail addresses of users: confirmed before anything is sent to them, sealed where they are stored."""

import hashlib
import hmac

from services.gateway.accounts.commands import AccountCommands
from services.gateway.accounts.notices import OwnerNotices
from services.gateway.accounts.password_commands import PasswordCommands
from shared.problems import Conflict, Invalid
from shared.security.data_keys import DataKeyStore


class MailCommands:
    """Sets, confirms and removes addresses, and mails reset codes."""

    def __init__(
        self, accounts: AccountCommands, passwords: PasswordCommands, keys: DataKeyStore, notices: OwnerNotices,
        *, signing_key: bytes, public_url: str,
    ) -> None:  # fmt: skip
        self._accounts = accounts
        self._passwords = passwords
        self._keys = keys
        self._notices = notices
        self._key = hmac.digest(signing_key, b"ottit mail confirmations", "sha256")
        self._url = public_url.rstrip("/")

    async def set(self, user_id: str, address: str) -> None:
        """Store an address, and mail it a link that confirms it.

        Raises:
            Conflict: `mail_unavailable`, this site cannot send mails.
        """
        if not self._notices.mailer.available:
            raise Conflict("This site cannot send mails: its operator has set no mail server.", "mail_unavailable")
        sealed = (await self._keys.key_of(user_id)).seal(address.encode(), user_id)
        await self._accounts.credentials.change(
            user_id, lambda stored: stored.model_copy(update={"mail": sealed, "mail_confirmed": False, "reset": None})
        )
        await self._passwords.note(user_id, "mail_changed")
        self._notices.mailer.send(
            address,
            "Confirm your address",
            "Somebody gave this address for an account. If it was you, open this page while you are signed in:\n\n"
            f"{self._url}/account#confirm={self._code(user_id, address)}\n\nOtherwise ignore this mail.",
        )

    async def confirm(self, user_id: str, code: str) -> None:
        """Confirm the stored address.

        Raises:
            Invalid: `wrong_code`, it is not the code of the last mail.
        """
        stored = await self._accounts.credentials.read(user_id)
        address = await self._notices.address_of(user_id, stored.mail)
        if not address or not hmac.compare_digest(code.encode(), self._code(user_id, address).encode()):
            raise Invalid("The code is not that of the last mail.", "wrong_code")
        await self._accounts.credentials.change(
            user_id,
            lambda now: now.model_copy(update={"mail_confirmed": now.mail == stored.mail}),
        )

    async def remove(self, user_id: str) -> None:
        """Forget the address."""
        await self._accounts.credentials.change(
            user_id, lambda now: now.model_copy(update={"mail": "", "mail_confirmed": False, "reset": None})
        )
        await self._passwords.note(user_id, "mail_changed")

    def request_reset(self, handle: str) -> None:
        """Mail a reset code to the user with this handle, if they have confirmed an address.

        It happens after the answer, so that neither its content nor its time tell if a mail was sent.
        """
        self._notices.mailer.soon(self._send_reset(handle))

    async def _send_reset(self, handle: str) -> None:
        user_id = await self._accounts.id_or_empty(handle)
        if user_id and (await self._accounts.credentials.read(user_id)).mail_confirmed:
            code = await self._passwords.begin_reset(user_id)
            await self._notices.mail(
                user_id,
                "A new password",
                "Somebody asked for a new password for your account. Set it within an hour:\n\n"
                f"{self._url}/reset#{code}\n\nIf it was not you, ignore this mail: your password is unchanged.",
            )

    def _code(self, user_id: str, address: str) -> str:
        return hmac.new(self._key, f"{user_id}\0{address}".encode(), hashlib.sha256).hexdigest()
