"""Challenges of passkeys: derived from a cookie that counts for five minutes and once, on whichever replica that is."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from fastapi import Request, Response
from nats.aio.client import Client

from services.gateway.accounts.one_time_cookies import OneTimeCookies
from services.gateway.http.session_cookie import CHALLENGE

# Time to fetch a security key; the browser gives up sooner.
LASTS = timedelta(minutes=5)


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
        own_key = hmac.digest(key, b"ottit passkey challenges", "sha256")
        self._cookies = OneTimeCookies(broker, own_key, CHALLENGE, LASTS)
        self._public_url = public_url

    def issue(self, request: Request, response: Response, purpose: str) -> Expected:
        """Set the cookie of a new challenge for a purpose, such as signing in."""
        return self._expected(request, self._cookies.issue(request, response, purpose))

    async def redeem(self, request: Request, response: Response, purpose: str) -> Expected:
        """Use up the challenge of a request. Raises like `OneTimeCookies.redeem`."""
        return self._expected(request, await self._cookies.redeem(request, response, purpose))

    def _expected(self, request: Request, value: str) -> Expected:
        site = urlsplit(self._public_url or str(request.url))
        return Expected(hashlib.sha256(value.encode()).digest(), site.hostname or "", f"{site.scheme}://{site.netloc}")
