"""The caller of a request, as the guard and the features see it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shared.log.events import Moment, Role
from shared.problems import Forbidden, Unauthenticated
from shared.security.capabilities import CAPABILITIES, AccessRole, allows

# How long a proof counts (OWASP ASVS 5, 7.5.1, wants one before sensitive changes): time to finish what one began.
PROOF_LASTS = timedelta(minutes=10)


Approval = Literal["approved", "waiting", "refused"]


@dataclass(frozen=True, slots=True)
class User:
    """A registered user. `roles`: granted roles with their community, None for every community."""

    id: str
    handle: str  # empty once the user is erased
    roles: list[tuple[Role, str | None]]  # the last grant for each community
    registered_at: datetime
    suspended_until: datetime | None  # `accounts.projection.FOREVER` for a suspension without an end
    suspended_for: str  # the reason; empty without a suspension
    erased: bool
    imported: bool
    approval: Approval = "approved"
    refused_for: str = ""  # the reason of a refusal
    decided_at: datetime | None = None  # when a refusal was decided


class Grant(BaseModel):
    """The rights behind a session cookie or a bearer token."""

    model_config = ConfigDict(frozen=True)

    id: str
    user_id: str
    kind: Literal["session", "token"]
    csrf: str = ""
    scopes: tuple[str, ...] = ()  # capability names of a token; a session has every capability of its user
    name: str = ""
    device: str = ""  # browser and system of a session
    begun_at: Moment | None = None  # missing in old grants
    last_used_at: Moment | None = None
    proved_at: Moment | None = None  # when the user of a session last proved who they are
    expires_at: Moment


@dataclass(frozen=True)
class Caller:
    """The caller: a visitor, or a user with a session or a token."""

    user: User | None
    roles: frozenset[AccessRole]
    grant: Grant | None
    address: str

    @property
    def id(self) -> str | None:
        """The user's id; None for a visitor."""
        return self.user.id if self.user else None

    @property
    def key(self) -> str:
        """Identifies the caller for rate limits and trace ownership: the user's id, or a visitor's address."""
        return self.id or self.address

    def require_user(self) -> User:
        """Return the signed-in user.

        Raises:
            Unauthenticated: the caller is a visitor.
        """
        if self.user is None:
            raise Unauthenticated("Sign in first.")
        return self.user

    def moderates(self, community: str) -> bool:
        """Return whether the caller may review posts of the community."""
        return self.may("review_posts") and any(
            role in ("moderator", "admin") and where in (None, community) for role, where in self._roles()
        )

    def may(self, capability: str) -> bool:
        """Return whether the caller's roles, and the scopes of a token, include the capability."""
        return allows(capability, self.roles) and not self._lacks_scope(capability)

    def admit(self, capability: str) -> None:
        """Check that the caller may use the capability.

        Raises:
            Unauthenticated: a visitor must sign in first.
            Forbidden: the roles, a suspension or the token's scopes exclude it.
        """
        if not allows(capability, self.roles):
            if self.user is None:
                raise Unauthenticated(f"To {CAPABILITIES[capability].title.lower()}, sign in first.")
            if "suspended" in self.roles:
                raise Forbidden("Your account is suspended. Your account page shows why and until when.", "suspended")
            if "waiting" in self.roles:
                raise _not_approved(self.user)
            raise Forbidden(f"Your roles do not include: {CAPABILITIES[capability].title.lower()}.")
        if self._lacks_scope(capability):
            raise Forbidden(f"This token lacks the scope {capability}.", "scope_missing")

    def require_proof(self, now: datetime) -> None:
        """Check that the user has proved lately who they are: a stolen session must not be enough for this.

        Raises:
            Forbidden: `proof_needed`; a token has no user who could prove anything.
        """
        proved = self.grant.proved_at if self.grant else None
        if proved is None or now - proved > PROOF_LASTS:
            raise Forbidden(
                "Confirm first that it is you, with your password, a passkey or the identity provider.", "proof_needed"
            )

    def _lacks_scope(self, capability: str) -> bool:
        return self.grant is not None and self.grant.kind == "token" and capability not in self.grant.scopes

    def _roles(self) -> list[tuple[str, str | None]]:
        return list(self.user.roles) if self.user else []


def _not_approved(user: User) -> Forbidden:
    if user.approval == "refused":
        return Forbidden("Your sign-up was refused. Your account page shows why.", "sign_up_refused")
    return Forbidden(
        "Your account waits for approval. You can write as soon as it is approved.", "waiting_for_approval"
    )
