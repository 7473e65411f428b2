"""Challenges of passkeys: signed cookies that count once and for five minutes, so that the server stores nothing."""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from fastapi import Request, Response

from services.gateway.http.session_cookie import CHALLENGE, delete_cookie, read_cookie, set_cookie
from shared.problems import Invalid

# Time to fetch a security key; the browser gives up sooner.
LASTS = timedelta(minutes=5)
# Challenges that were used within five minutes: about 10 MB at most.
REMEMBERED = 100_000


@dataclass(frozen=True)
class Expected:
    """Values that a browser signs: the challenge, the site's host and the origin of its pages."""

    challenge: bytes
    host: str
    origin: str


class PasskeyChallenges:
    """Issues and checks challenges."""

    def __init__(self, key: bytes, public_url: str) -> None:
        """`public_url`: the site's address; empty to take it from the request, whose host the server has checked."""
        self._key = hmac.digest(key, b"ottit passkey challenges", "sha256")
        self._public_url = public_url
        self._used: OrderedDict[str, None] = OrderedDict()

    def issue(self, request: Request, response: Response, purpose: str) -> Expected:
        """Set the cookie of a new challenge for a purpose, such as signing in."""
        expires = datetime.now(UTC) + LASTS
        content = f"{secrets.token_hex(16)}.{int(expires.timestamp())}"
        value = f"{content}.{self._mark(content, purpose)}"
        set_cookie(request, response, value, expires, name=CHALLENGE)
        return self._expected(request, value)

    def redeem(self, request: Request, response: Response, purpose: str) -> Expected:
        """Use up the challenge of a request.

        Raises:
            Invalid: `challenge_expired`, it is missing, expired, used or of another purpose.
        """
        value = read_cookie(request, CHALLENGE)
        content, _, mark = value.rpartition(".")
        fits = hmac.compare_digest(mark.encode(), self._mark(content, purpose).encode())
        if not fits or int(content.rpartition(".")[2]) < datetime.now(UTC).timestamp() or value in self._used:
            raise Invalid("This took too long, or was sent twice. Try again.", "challenge_expired")
        self._used[value] = None
        if len(self._used) > REMEMBERED:
            self._used.popitem(last=False)
        delete_cookie(request, response, CHALLENGE)
        return self._expected(request, value)

    def _expected(self, request: Request, value: str) -> Expected:
        site = urlsplit(self._public_url or str(request.url))
        return Expected(hashlib.sha256(value.encode()).digest(), site.hostname or "", f"{site.scheme}://{site.netloc}")

    def _mark(self, content: str, purpose: str) -> str:
        return hmac.new(self._key, f"{purpose}\0{content}".encode(), hashlib.sha256).hexdigest()
