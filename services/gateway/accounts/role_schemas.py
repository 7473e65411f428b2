"""Wire models of roles."""

from datetime import datetime
from typing import Literal

from services.gateway.http.caller import User
from services.gateway.http.schemas import RequestModel, ResponseModel, Slug

GrantableRole = Literal["moderator", "admin", "importer"]


class RoleIn(RequestModel):
    """The community of a moderator; missing: all communities."""

    community: Slug | None = None


class HeldRole(ResponseModel):
    role: str
    community: str | None


class UserWithRoles(ResponseModel):
    id: str
    handle: str
    roles: list[HeldRole]
    suspended_until: datetime | None


class UsersWithRoles(ResponseModel):
    items: list[UserWithRoles]


class RolesOut(ResponseModel):
    """A user's roles as of `sequence`; `moderator` for all communities, `moderator:garden` for one."""

    handle: str
    roles: list[str]
    sequence: int


def with_roles(user: User) -> UserWithRoles:
    """Return a user with their roles, as administrators see them."""
    return UserWithRoles(
        id=user.id,
        handle=user.handle,
        roles=[HeldRole(role=role, community=where) for role, where in user.roles],
        suspended_until=user.suspended_until,
    )
