"""The identity provider (OpenID Connect) that an operator has set up, with checked addresses."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import SecretStr

from services.gateway.accounts.claimed_roles import RoleMapping

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class OidcSettings:
    """`issuer`: the provider's address; empty if there is no provider. `name`: its name as people see it.

    `sign_up`: whether somebody without an account may create one by signing in at the provider.
    """

    issuer: str = ""
    client_id: str = ""
    client_secret: SecretStr = field(default_factory=lambda: SecretStr(""))
    name: str = ""
    scopes: str = "openid profile"
    sign_up: bool = True
    roles: RoleMapping = field(default_factory=RoleMapping)

    @property
    def shown_name(self) -> str | None:
        """The provider's name as people see it: without one, its host; None without a provider."""
        return self.name or urlsplit(self.issuer).hostname

    def check(self) -> None:
        """Check that the settings fit together.

        Raises:
            ValueError: they do not; the message names the settings.
        """
        if self.issuer and not self.client_id:
            raise ValueError("OTTIT_OIDC_ISSUER needs OTTIT_OIDC_CLIENT_ID as well")
        if self.issuer and not is_safe_address(self.issuer):
            raise ValueError("OTTIT_OIDC_ISSUER must be an https:// address without user, query or fragment")
        if self.issuer and "openid" not in self.scopes.split():
            raise ValueError("OTTIT_OIDC_SCOPES must contain openid")


def is_safe_address(address: str, *, loopback: bool = True) -> bool:
    """Return whether an address is one of HTTPS, or of HTTP on this machine if `loopback` allows it."""
    try:
        parts = urlsplit(address)
        is_local = loopback and parts.scheme == "http" and parts.hostname in LOOPBACK
        has_valid_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_plain = not (parts.fragment or parts.username or parts.password)
    return bool(parts.hostname) and is_plain and has_valid_port and (parts.scheme == "https" or is_local)


def is_loopback(address: str) -> bool:
    """Return whether an address is on this machine."""
    return urlsplit(address).hostname in LOOPBACK
