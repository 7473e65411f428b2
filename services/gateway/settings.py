"""The gateway's settings."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from services.gateway.accounts.claimed_roles import RoleMapping
from services.gateway.accounts.oidc_settings import OidcSettings
from services.gateway.accounts.schemas import SignUpMode
from services.gateway.http.base_path import checked_base_path
from services.gateway.http.client_address import TrustedProxies
from services.gateway.http.host_check import LOOPBACK
from services.gateway.http.public_address import checked_public_url
from services.gateway.invitations.domain import Inviters
from services.gateway.previews.schemas import PreviewMode
from shared.settings import ServiceSettings


def _readable(listed: str) -> str:
    TrustedProxies(listed)
    return listed


TrustedProxyList = Annotated[str, AfterValidator(_readable)]


class Settings(ServiceSettings):
    """Settings of one gateway replica."""

    service: str = "gateway"
    # Loopback, so that a new installation is not reachable from outside.
    host: str = "127.0.0.1"
    # The port that the launcher, compose and the probes use.
    port: int = Field(default=8700, ge=1, le=65535)
    # The path below which the site is served, such as `/forum`, for a host that has other sites. Empty: the root.
    base_path: Annotated[str, AfterValidator(checked_base_path)] = ""
    # Writes are refused (507) while less is free on the disk of the data folder, which the log needs for its own files.
    disk_reserve_mib: int = Field(default=64, ge=0)
    # Host names of this server besides loopback and the address it listens on, separated by commas: behind a proxy, the
    # public names. `*.example.org` allows all subdomains, and `*` any name, for a proxy that checks them.
    hosts: str = ""
    # The former words of edited and withdrawn posts leave the view's file within this time. Rewriting a file of 1 GiB
    # takes about 10 s, in which the view stands still.
    scrub_within_s: float = Field(default=600.0, gt=0)
    # The folder of the built web client.
    client_dir: Path = Path("client/dist")
    # The folder of the model for previews in the browser: `model.json` and the files that it names.
    device_model_dir: Path = Path("shared/model/artifacts")
    # The public keys that may sign policies, as JSON; browsers get them with the page.
    policy_keys: str = ""
    # Set it when the server is reached over HTTPS: cookies are then marked `Secure`, and browsers are told to use
    # nothing but HTTPS (HSTS). A trusted proxy can say so, too, by `X-Forwarded-Proto: https`.
    secure_cookies: bool = False
    # Set it when every name below the site's own has HTTPS as well: HSTS then covers them, too.
    hsts_subdomains: bool = False
    # Two weeks, so that people rarely re-enter the password on their own device.
    session_days: int = Field(default=14, ge=1, le=90)
    # A session that nobody uses ends sooner: a forgotten one on another's device.
    session_idle_days: float = Field(default=5.0, gt=0)
    # The address of this site as people see it, such as https://example.org, for links in mails and for sign-in by
    # another site.
    public_url: Annotated[str, AfterValidator(checked_public_url)] = ""
    # `open`: everybody may sign up. `invitation`: with an invitation. `approval`: a new account waits until a moderator
    # has approved it, unless it was invited. `closed`: nobody; `ottit admin create` still creates accounts.
    sign_ups: SignUpMode = "open"
    # The lowest rank that may invite people, besides the operator by `ottit invite`.
    inviters: Inviters = "moderators"
    # The server that sends mails: reset codes, and notices to owners of accounts. Empty: no mails.
    smtp_host: str = ""
    # 587 is the submission port, with `starttls`; 465 belongs to `tls`.
    smtp_port: int = Field(default=587, ge=1, le=65535)
    # Empty for a server that asks for none.
    smtp_user: str = ""
    # The password of `smtp_user`.
    smtp_password: SecretStr = SecretStr("")
    # The sender of mails, such as `Ottit <noreply@example.org>`.
    smtp_from: str = ""
    # `starttls` encrypts after the greeting, `tls` from the start; `none` only for a server on this machine.
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    # The votes and reports of a new account count for a tenth, and fully after this many days; published posts spare up
    # to half of them. 0: fully at once, for a site whose members know each other.
    new_account_days: float = Field(default=7.0, ge=0, le=365)
    # Sign-in by an identity provider (OpenID Connect): its address, exactly as its discovery document names it. Empty:
    # no such sign-in.
    oidc_issuer: str = ""
    # The name of this site at the provider, and its secret there.
    oidc_client_id: str = ""
    # Empty for a public client.
    oidc_client_secret: SecretStr = SecretStr("")
    # The provider's name as people see it, such as `Example University`. Empty: its host.
    oidc_name: str = ""
    # `profile` suggests a handle to new people. A claim of the roles may need another scope, such as `groups`.
    oidc_scopes: str = "openid profile"
    # Whether people without an account may create one by signing in at the provider, as far as sign-ups are open.
    oidc_sign_up: bool = True
    # The claim that gives roles, such as `groups` or `realm_access.roles`. Empty: nobody gets a role from the provider.
    oidc_role_claim: str = ""
    # Values of this claim with their roles: `staff=admin, helpers=moderator, gardeners=moderator:garden`. At each
    # sign-in missing roles are given, and those that it gave before are taken back.
    oidc_roles: str = ""
    # Multiplies every rate of shared/security/capabilities.py, for load tests or a busy shared address.
    rate_scale: float = Field(default=1.0, gt=0)
    # Your own proxies: addresses and networks such as `127.0.0.1, 10.0.0.0/8`, or `private` for all loopback and
    # private networks. Their X-Forwarded-For and X-Forwarded-Proto are believed. Empty, because without a proxy clients
    # could forge their address.
    trusted_proxies: TrustedProxyList = ""
    # `hybrid` shows previews while people write, which is what the client side is for. `server_only` switches them off.
    # `client_preview_off_for_share` runs an experiment without previews for a share of users: see `GET /v1/worth`.
    preview_mode: PreviewMode = "hybrid"
    # The share of users without previews, assigned permanently; an even split shows a difference soonest.
    preview_off_share: float = Field(default=0.5, gt=0, lt=1)
    # Numbers about the previews of fewer people are withheld: moderators know the posts and the decisions, so a smaller
    # group would tell them what the previews of one person said.
    drift_fewest_people: int = Field(default=5, ge=1)

    @model_validator(mode="after")
    def _mails_have_a_sender_and_links(self) -> Self:
        if self.smtp_host and not (self.smtp_from and self.public_url):
            raise ValueError("OTTIT_SMTP_HOST needs OTTIT_SMTP_FROM and OTTIT_PUBLIC_URL as well")
        return self

    @model_validator(mode="after")
    def _mails_leave_this_machine_encrypted(self) -> Self:
        if self.smtp_host and self.smtp_tls == "none" and self.smtp_host.lower() not in LOOPBACK:
            raise ValueError("OTTIT_SMTP_TLS=none is for a mail server on this machine: set starttls or tls")
        return self

    @model_validator(mode="after")
    def _identity_provider_is_complete(self) -> Self:
        self.oidc.check()
        return self

    @property
    def oidc(self) -> OidcSettings:
        """The identity provider.

        Raises:
            ValueError: the roles are malformed.
        """
        return OidcSettings(
            issuer=self.oidc_issuer,
            client_id=self.oidc_client_id,
            client_secret=self.oidc_client_secret,
            name=self.oidc_name,
            scopes=self.oidc_scopes,
            sign_up=self.oidc_sign_up,
            roles=RoleMapping.parse(self.oidc_role_claim, self.oidc_roles),
        )

    @property
    def site_url(self) -> str:
        """The address of the site with its path, without a slash at its end; empty if it is not set."""
        url = self.public_url.rstrip("/")
        return url + self.base_path if url and not url.endswith(self.base_path) else url
