"""Roles that an identity provider gives by a claim, as the operator maps its values. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from services.gateway.accounts.role_schemas import GrantableRole
from shared.log.events import Role

HeldRole = tuple[Role, str | None]
_COMMUNITY = re.compile(r"[a-z0-9_-]{2,40}")  # as `Slug` of the API


@dataclass(frozen=True)
class RoleMapping:
    """`claim`: a claim's name, or a path such as `realm_access.roles`; empty: no role comes from the provider.

    `roles`: values of the claim with the roles that they stand for.
    """

    claim: str = ""
    roles: Mapping[str, HeldRole] = field(default_factory=dict)

    @classmethod
    def parse(cls, claim: str, listed: str) -> "RoleMapping":
        """Return the mapping of a setting such as `staff=moderator, gardeners=moderator:garden`.

        Raises:
            ValueError: it is malformed.
        """
        roles = dict(_parsed(one) for one in listed.split(",") if one.strip())
        if bool(claim) != bool(roles):
            raise ValueError("OTTIT_OIDC_ROLE_CLAIM and OTTIT_OIDC_ROLES need each other")
        return cls(claim, roles)

    def wanted(self, claims: Mapping[str, Any]) -> frozenset[HeldRole]:
        """Return the roles that a person's claims stand for."""
        return frozenset(self.roles[value] for value in self._values(claims) if value in self.roles)

    def is_answered(self, claims: Mapping[str, Any]) -> bool:
        """Return whether the claims have the one of the mapping, or there is no mapping."""
        return not self.claim or _at(claims, self.claim) is not None

    def _values(self, claims: Mapping[str, Any]) -> list[str]:
        found = _at(claims, self.claim) if self.claim else None
        listed = found if isinstance(found, list) else [found]
        return [one for one in listed if isinstance(one, str)]


@dataclass(frozen=True)
class RoleChanges:
    """The changes that follow from a sign-in. `given`: the roles that the mapping has given from now on."""

    grant: frozenset[HeldRole]
    revoke: frozenset[HeldRole]
    given: frozenset[HeldRole]


def role_changes(
    wanted: frozenset[HeldRole], held: frozenset[HeldRole], given: frozenset[HeldRole], *, is_last_admin: bool
) -> RoleChanges:
    """Compare wanted roles with those that a user holds and those that the mapping gave before.

    Roles that somebody else gave stay, and the last administrator stays one.
    """
    revoke = (given - wanted) & held
    if is_last_admin:
        revoke -= {("admin", None)}
    grant = wanted - held
    return RoleChanges(grant, revoke, (given & wanted) | grant | ((given - wanted) & held - revoke))


def _parsed(entry: str) -> tuple[str, HeldRole]:
    value, _, named = (part.strip() for part in entry.rpartition("="))
    role, separator, community = named.partition(":")
    known = {one: one for one in get_args(GrantableRole)}
    fits = not separator or (role == "moderator" and _COMMUNITY.fullmatch(community))
    if not value or role not in known or not fits:
        raise ValueError(f"OTTIT_OIDC_ROLES: {entry.strip()!r} is not VALUE=ROLE or VALUE=moderator:COMMUNITY")
    return value, (known[role], community or None)


def _at(claims: Mapping[str, Any], path: str) -> Any:
    """Return a claim by its name, which may contain dots, or else by a path."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
