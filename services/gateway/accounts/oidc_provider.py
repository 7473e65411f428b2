"""Talks to the identity provider: sends browsers there, and exchanges the codes that they bring back for identities."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from services.gateway.accounts.oidc_discovery import Discovery, ProviderMetadata
from services.gateway.accounts.oidc_flows import Flow
from services.gateway.accounts.oidc_http import ProviderHttp, unavailable
from services.gateway.accounts.oidc_settings import OidcSettings
from services.gateway.accounts.oidc_tokens import ExpectedToken, key_id_of, refused, verified_claims
from shared.problems import NotFound
from shared.security.text_rules import RefusedText, check_line

logger = logging.getLogger(__name__)
LONGEST_NAME = 100
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class ProvenIdentity:
    """A person as the provider knows them. `signed_in_at`: there, in seconds since 1970; 0 if it does not say."""

    issuer: str
    subject: str
    claims: Mapping[str, Any]
    signed_in_at: float

    @property
    def username(self) -> str:
        """Their name at the provider; empty if it says none."""
        found = self.claims.get("preferred_username") or self.claims.get("nickname") or self.claims.get("name")
        try:
            return check_line(found[:LONGEST_NAME]) if isinstance(found, str) else ""
        except RefusedText:
            return ""


class OidcProvider:
    """The client side of one provider."""

    def __init__(self, settings: OidcSettings, http: ProviderHttp) -> None:
        self.settings = settings
        self.discovery = Discovery(settings.issuer, http)
        self._http = http

    async def address(self, flow: Flow, *, again: bool = False) -> str:
        """Return the provider's page for a flow. `again`: the person must sign in there even if they already have.

        Raises:
            NotFound: `no_identity_provider`.
            ProviderUnavailable: it does not answer.
        """
        self.require()
        parameters = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": flow.redirect_uri,
            "scope": self.settings.scopes,
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": create_s256_code_challenge(flow.verifier),
            "code_challenge_method": "S256",
            **({"prompt": "login", "max_age": "0"} if again else {}),
        }
        return add_params_to_uri((await self.discovery.metadata()).authorization_endpoint, list(parameters.items()))

    async def identify(self, flow: Flow, code: str, issuer: str = "") -> ProvenIdentity:
        """Return who signed in at the provider. `issuer`: the one that the browser's address names (RFC 9207), if any.

        Raises:
            NotFound: `no_identity_provider`.
            Unauthenticated: `identity_refused`, the code or the ID token does not fit this flow.
            ProviderUnavailable: it does not answer.
        """
        self.require()
        metadata = await self.discovery.metadata()
        if (issuer or metadata.authorization_response_iss_parameter_supported) and issuer != metadata.issuer:
            raise refused("it comes from another provider")
        tokens = await self._exchange(flow, code, metadata)
        id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(id_token, str):
            raise refused("it has no ID token")
        access_token = access_token if isinstance(access_token, str) else ""
        keys = await self.discovery.keys(key_id_of(id_token))
        expected = ExpectedToken(metadata.issuer, self.settings.client_id, flow.nonce, access_token)
        claims = await self._completed(verified_claims(id_token, keys, expected), access_token, metadata)
        return ProvenIdentity(metadata.issuer, str(claims["sub"]), claims, _time(claims.get("auth_time")))

    def require(self) -> None:
        """Check that a provider is set up.

        Raises:
            NotFound: `no_identity_provider`.
        """
        if not self.settings.issuer:
            raise NotFound("This site has no identity provider.", "no_identity_provider")

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def _exchange(self, flow: Flow, code: str, metadata: ProviderMetadata) -> Mapping[str, Any]:
        body = urlencode(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": flow.redirect_uri,
                "code_verifier": flow.verifier,
            }
        )
        secret = self.settings.client_secret.get_secret_value()
        method = _client_authentication(secret, metadata.token_endpoint_auth_methods_supported)
        client = ClientAuth(self.settings.client_id, secret, method)
        address, headers, body = client.prepare("POST", metadata.token_endpoint, dict(FORM), body)
        answer = await self._http.post(address, headers, body)
        if answer.status == 200:
            return answer.content
        if answer.content.get("error") in ("invalid_client", "unauthorized_client"):
            raise unavailable("token", "it refuses the client id or the client secret of this site")
        raise refused("its code is wrong, used or expired")

    async def _completed(
        self, claims: Mapping[str, Any], access_token: str, metadata: ProviderMetadata
    ) -> Mapping[str, Any]:
        """Return the claims with those of the UserInfo endpoint, if the name or the claim of the roles is missing."""
        is_complete = "preferred_username" in claims and self.settings.roles.is_answered(claims)
        if is_complete or not metadata.userinfo_endpoint or not access_token:
            return claims
        answer = await self._http.get(metadata.userinfo_endpoint, {"Authorization": f"Bearer {access_token}"})
        if answer.status != 200:
            raise unavailable("userinfo", f"status {answer.status}")
        if answer.content.get("sub") != claims["sub"]:
            raise refused("its two halves name different people")
        return {**answer.content, **claims}


def _client_authentication(secret: str, supported: tuple[str, ...]) -> str:
    if not secret:
        return "none"
    is_post_only = "client_secret_post" in supported and "client_secret_basic" not in supported
    return "client_secret_post" if is_post_only else "client_secret_basic"


def _time(claim: object) -> float:
    """Return a claim's time; 0 for anything else, and for a number beyond all times."""
    try:
        return float(claim) if isinstance(claim, int | float) else 0.0
    except OverflowError:
        return 0.0
