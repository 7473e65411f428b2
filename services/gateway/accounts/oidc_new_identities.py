"""Remembers a person without an account between the identity provider and the choice of a handle, in their browser.

The cookie is sealed: the browser cannot read or change it, and the server stores nothing about people who give up.
"""

import base64
import hmac
from datetime import UTC, datetime, timedelta

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, ValidationError

from services.gateway.accounts.claimed_roles import HeldRole
from services.gateway.accounts.one_time_cookies import expired
from services.gateway.http.session_cookie import NEW_IDENTITY, delete_cookie, read_cookie, set_cookie
from shared.security.sealing import VERSION, DataKey, DecryptionError

# Time to think of a handle.
LASTS = timedelta(minutes=30)
# A cookie has at most 4 kB.
MOST_ROLES = 30
BOUND_TO = "new identity"


class NewIdentity(BaseModel):
    """Somebody whom the provider knows and this site does not.

    `username`: their name at the provider. `roles`: those that the provider's claim gives. `is_proved`: they signed in
    there for this, not some time before.
    """

    model_config = ConfigDict(frozen=True)
    issuer: str
    subject: str
    username: str
    roles: tuple[HeldRole, ...]
    is_proved: bool
    expires_at: datetime


class NewIdentities:
    """Writes and reads the cookie."""

    def __init__(self, key: bytes) -> None:
        self._key = DataKey(hmac.digest(key, b"ottit new identities", "sha256"))

    def remember(self, request: Request, response: Response, identity: NewIdentity) -> None:
        """Set the cookie."""
        sealed = self._key.seal(identity.model_dump_json().encode(), BOUND_TO).removeprefix(VERSION)
        # Without the characters that a cookie would have to quote.
        value = base64.urlsafe_b64encode(base64.b64decode(sealed)).decode().rstrip("=")
        set_cookie(request, response, value, identity.expires_at, name=NEW_IDENTITY)

    def read(self, request: Request) -> NewIdentity:
        """Return the identity of a request.

        Raises:
            Invalid: `challenge_expired`, there is none, or it is too old.
        """
        value = read_cookie(request, NEW_IDENTITY)
        try:
            sealed = base64.b64encode(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))).decode()
            identity = NewIdentity.model_validate_json(self._key.open(VERSION + sealed, BOUND_TO))
        except (DecryptionError, ValidationError, ValueError) as error:
            raise expired() from error
        if identity.expires_at < datetime.now(UTC):
            raise expired()
        return identity

    def forget(self, request: Request, response: Response) -> None:
        """Delete the cookie."""
        delete_cookie(request, response, NEW_IDENTITY)


def expiry() -> datetime:
    """Return the time at which a cookie that is set now expires."""
    return datetime.now(UTC) + LASTS
