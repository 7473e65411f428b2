"""Signed cookies that count once, so that visitors who begin something make the server store nothing.

The server stores only a hash of those that were used, in the stream `CHALLENGES`, which takes each one once.
"""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta

from fastapi import Request, Response
from nats.aio.client import Client
from nats.errors import Error as BrokerError
from nats.js.errors import APIError

from services.gateway.http.session_cookie import delete_cookie, read_cookie, set_cookie
from shared.log.append import ACK_TIMEOUT_S, CONFLICT_CODES, EXPECTED
from shared.problems import Invalid, Unavailable

STREAM = "CHALLENGES"
UNCONFIRMED = "Nobody can sign in this way for now. Try again."


class OneTimeCookies:
    """Issues and redeems the values of one cookie."""

    def __init__(self, broker: Client, key: bytes, name: str, lasts: timedelta) -> None:
        """`lasts`: at most half of the time that the stream remembers used values."""
        self._broker = broker
        self._key = key
        self._name = name
        self._lasts = lasts

    def issue(self, request: Request, response: Response, purpose: str) -> str:
        """Set the cookie to a new value for a purpose, such as signing in. Returns the value."""
        expires = datetime.now(UTC) + self._lasts
        content = f"{secrets.token_hex(16)}.{int(expires.timestamp())}"
        value = f"{content}.{self._mark(content, purpose)}"
        set_cookie(request, response, value, expires, name=self._name)
        return value

    def read(self, request: Request) -> str:
        """Return the value of a request, unchecked; empty if there is none."""
        return read_cookie(request, self._name)

    @staticmethod
    def expiry_of(value: str) -> float:
        """Return the time at which a value expires, in seconds since 1970; 0 for anything else."""
        parts = value.split(".")
        return float(parts[1]) if len(parts) == 3 and parts[1].isascii() and parts[1].isdigit() else 0.0

    async def redeem(self, request: Request, response: Response, purpose: str) -> str:
        """Use up the value of a request, and return it.

        Raises:
            Invalid: `challenge_expired`, it is missing, expired, used or of another purpose.
            Unavailable: nobody can tell whether it was used.
        """
        value = self.read(request)
        content, _, mark = value.rpartition(".")
        fits = hmac.compare_digest(mark.encode(), self._mark(content, purpose).encode())
        if not fits or self.expiry_of(value) < datetime.now(UTC).timestamp() or not await self._is_first_use(value):
            raise expired()
        delete_cookie(request, response, self._name)
        return value

    async def _is_first_use(self, value: str) -> bool:
        subject = f"challenges.{hashlib.sha256(value.encode()).hexdigest()}"
        try:
            await self._broker.jetstream(timeout=ACK_TIMEOUT_S).publish(subject, stream=STREAM, headers={EXPECTED: "0"})
        except APIError as error:
            if error.err_code in CONFLICT_CODES:
                return False
            raise Unavailable(UNCONFIRMED, "unconfirmed") from error
        except (BrokerError, OSError, TimeoutError) as error:
            raise Unavailable(UNCONFIRMED, "unconfirmed") from error
        return True

    def _mark(self, content: str, purpose: str) -> str:
        return hmac.new(self._key, f"{purpose}\0{content}".encode(), hashlib.sha256).hexdigest()


def expired() -> Invalid:
    """Return the error for a value that does not count, or no longer."""
    return Invalid("This took too long, or was sent twice. Try again.", "challenge_expired")
