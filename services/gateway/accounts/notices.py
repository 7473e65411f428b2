"""Tells owners what happened to their account: in their account, and by mail if they gave an address."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from services.gateway.accounts.credential_store import CredentialStore
from services.gateway.accounts.mail import Mailer
from shared.security.data_keys import DataKeyStore

logger = logging.getLogger(__name__)
GUESSES = (
    "Wrong passwords for your account",
    "Somebody entered several wrong passwords for your account. Further attempts from unknown browsers are refused for "
    "a while.\n\nIf it was not you, nothing is lost: your password is unchanged. If you use it elsewhere, change it.",
)


@dataclass(frozen=True)
class OwnerNotices:
    """Stores and mails notices."""

    store: CredentialStore
    keys: DataKeyStore
    mailer: Mailer

    async def guessed_too_often(self, user_id: str) -> None:
        """Note that somebody guesses the password of this user; without an id nobody is told."""
        if not user_id:
            return
        now = datetime.now(UTC)
        await self.store.change(user_id, lambda stored: stored.model_copy(update={"guessed_at": now}))
        await self.mail(user_id, *GUESSES)

    async def mail(self, user_id: str, subject: str, text: str) -> None:
        """Mail a user at their confirmed address, if there is one."""
        stored = await self.store.read(user_id)
        if stored.mail_confirmed and (address := await self.address_of(user_id, stored.mail)):
            self.mailer.send(address, subject, text)

    async def address_of(self, user_id: str, sealed: str) -> str:
        """Return a sealed address; empty if there is none or it cannot be opened any more."""
        return await self.keys.open_label(user_id, sealed, user_id) if sealed else ""
