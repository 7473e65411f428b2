"""The ways to the identity provider and back: state, nonce and PKCE verifier, bound to one browser by a cookie."""

import hmac
from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request, Response
from nats.aio.client import Client

from services.gateway.accounts.one_time_cookies import OneTimeCookies, expired
from services.gateway.http.session_cookie import OIDC

# Time to sign in at the provider, with a second factor or a forgotten password there.
LASTS = timedelta(minutes=15)
# The page to which the provider sends the browser back; operators enter its address at the provider.
RETURN_PAGE = "/sign-in/return"


@dataclass(frozen=True)
class Flow:
    """The secrets of one way to the provider and back, derived from the browser's cookie. `begun_at`: Unix seconds."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    begun_at: float


class OidcFlows:
    """Begins and ends ways to the provider."""

    def __init__(self, broker: Client, key: bytes, public_url: str, base_path: str) -> None:
        """`public_url`: the site's address with its path; empty to take it from the request and `base_path`."""
        self._key = hmac.digest(key, b"ottit identity provider", "sha256")
        self._cookies = OneTimeCookies(broker, self._key, OIDC, LASTS)
        self._public_url = public_url.rstrip("/")
        self._base_path = base_path

    def begin(self, request: Request, response: Response, purpose: str) -> Flow:
        """Set the cookie of a new flow for a purpose, such as signing in."""
        return self._flow(request, self._cookies.issue(request, response, purpose))

    async def end(self, request: Request, response: Response, purpose: str, state: str) -> Flow:
        """Use up the flow of a request that carries its state.

        Raises:
            Invalid: `challenge_expired`, this browser has begun none for this purpose, or it is expired or used.
            Unavailable: nobody can tell whether it was used.
        """
        flow = self._flow(request, self._cookies.read(request))
        # Checked first: an answer from elsewhere must not end the flow that this browser has begun.
        if not hmac.compare_digest(state.encode(), flow.state.encode()):
            raise expired()
        await self._cookies.redeem(request, response, purpose)
        return flow

    def _flow(self, request: Request, value: str) -> Flow:
        site = self._public_url or f"{request.url.scheme}://{request.url.netloc}{self._base_path}"
        state, nonce, verifier = (self._derived(name, value) for name in ("state", "nonce", "verifier"))
        begun_at = self._cookies.expiry_of(value) - LASTS.total_seconds()
        return Flow(state, nonce, verifier, site + RETURN_PAGE, begun_at)

    def _derived(self, name: str, value: str) -> str:
        return hmac.new(self._key, f"{name}\0{value}".encode(), "sha256").hexdigest()
