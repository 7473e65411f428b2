"""Challenges of passkeys: signed cookies that count for five minutes and once, on whichever replica that is.

The server stores only a hash of those that were used, in the stream `CHALLENGES`, which takes each one once.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from fastapi import Request, Response
from nats.aio.client import Client
from nats.errors import Error as BrokerError
from nats.js.errors import APIError

from services.gateway.http.session_cookie import CHALLENGE, delete_cookie, read_cookie, set_cookie
from shared.log.append import ACK_TIMEOUT_S, CONFLICT_CODES, EXPECTED
from shared.problems import Invalid, Unavailable

# Time to fetch a security key; the browser gives up sooner.
LASTS = timedelta(minutes=5)
STREAM = "CHALLENGES"


@dataclass(frozen=True)
class Expected:
    """Values that a browser signs: the challenge, the site's host and the origin of its pages."""

    challenge: bytes
    host: str
    origin: str


class PasskeyChallenges:
    """Issues and checks challenges."""

    def __init__(self, broker: Client, key: bytes, public_url: str) -> None:
        """`public_url`: the site's address; empty to take it from the request, whose host the server has checked."""
        self._key = hmac.digest(key, b"ottit passkey challenges", "sha256")
        self._public_url = public_url
        self._broker = broker

    def issue(self, request: Request, response: Response, purpose: str) -> Expected:
        """Set the cookie of a new challenge for a purpose, such as signing in."""
        expires = datetime.now(UTC) + LASTS
        content = f"{secrets.token_hex(16)}.{int(expires.timestamp())}"
        value = f"{content}.{self._mark(content, purpose)}"
        set_cookie(request, response, value, expires, name=CHALLENGE)
        return self._expected(request, value)

    async def redeem(self, request: Request, response: Response, purpose: str) -> Expected:
        """Use up the challenge of a request.

        Raises:
            Invalid: `challenge_expired`, it is missing, expired, used or of another purpose.
            Unavailable: nobody can tell whether it was used.
        """
        value = read_cookie(request, CHALLENGE)
        content, _, mark = value.rpartition(".")
        fits = hmac.compare_digest(mark.encode(), self._mark(content, purpose).encode())
        expired = not fits or int(content.rpartition(".")[2]) < datetime.now(UTC).timestamp()
        if expired or not await self._is_first_use(value):
            raise Invalid("This took too long, or was sent twice. Try again.", "challenge_expired")
        delete_cookie(request, response, CHALLENGE)
        return self._expected(request, value)

    async def _is_first_use(self, value: str) -> bool:
        subject = f"challenges.{hashlib.sha256(value.encode()).hexdigest()}"
        try:
            await self._broker.jetstream(timeout=ACK_TIMEOUT_S).publish(subject, stream=STREAM, headers={EXPECTED: "0"})
        except APIError as error:
            if error.err_code in CONFLICT_CODES:
                return False
            raise Unavailable("Nobody can sign in with a passkey for now. Try again.", "unconfirmed") from error
        except (BrokerError, OSError, TimeoutError) as error:
            raise Unavailable("Nobody can sign in with a passkey for now. Try again.", "unconfirmed") from error
        return True

    def _expected(self, request: Request, value: str) -> Expected:
        site = urlsplit(self._public_url or str(request.url))
        return Expected(hashlib.sha256(value.encode()).digest(), site.hostname or "", f"{site.scheme}://{site.netloc}")

    def _mark(self, content: str, purpose: str) -> str:
        return hmac.new(self._key, f"{purpose}\0{content}".encode(), hashlib.sha256).hexdigest()
