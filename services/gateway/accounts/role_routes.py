"""Routes with which administrators give roles and take them away."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query

from services.gateway.accounts.commands import AccountCommands
from services.gateway.accounts.domain import check_appointment, check_role_change
from services.gateway.accounts.queries import AccountQueries
from services.gateway.accounts.role_schemas import GrantableRole, RoleIn, RolesOut, UsersWithRoles, with_roles
from services.gateway.accounts.schemas import account_of
from services.gateway.communities.queries import CommunityQueries
from services.gateway.http.caller import Caller, User
from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.guard import CallerIn
from services.gateway.http.schemas import Lookup, Slug
from services.gateway.view.view import SEE_OWN_WRITE_S, View
from shared.problems import Conflict, Invalid, NotFound

HandlePath = Annotated[Lookup, Path()]
RolePath = Annotated[GrantableRole, Path()]
Where = Annotated[Slug | None, Query()]
LAST_ADMIN = "This is the last administrator. Appoint another one first."


@dataclass(frozen=True)
class Routes:
    """The endpoints and their collaborators."""

    commands: AccountCommands
    queries: AccountQueries
    communities: CommunityQueries
    view: View

    @guarded("GET", "/roles", "manage_roles", summary="List the users who have a role")
    async def list_roles(self) -> UsersWithRoles:
        """List moderators, administrators and importers, by handle."""
        return UsersWithRoles(items=[with_roles(user) for user in self.queries.with_roles()])

    @guarded("PUT", "/users/{handle}/roles/{role}", "manage_roles", summary="Give a user a role")
    async def grant_role(
        self, handle: HandlePath, role: RolePath, caller: CallerIn, community: Where = None, body: RoleIn | None = None
    ) -> RolesOut:
        """Give a role, a moderator's also for one `community` (a parameter, or in the body). Repeating it is harmless.

        Nobody changes their own roles: 403 `own_roles`.
        """
        user, where = self._checked(caller, handle, role, _place(community, body))
        check_appointment(user, datetime.now(UTC))
        if where is not None and not self.communities.exists(where):
            raise NotFound(f"There is no community called {where}.", "community_unknown")
        sequence = 0
        if (role, where) not in user.roles:
            sequence = await self.commands.grant(user.id, role, f"user:{caller.id}", where)
        return await self._answer(user, sequence)

    @guarded("DELETE", "/users/{handle}/roles/{role}", "manage_roles", summary="Take a role away from a user")
    async def revoke_role(
        self, handle: HandlePath, role: RolePath, caller: CallerIn, community: Where = None, body: RoleIn | None = None
    ) -> RolesOut:
        """Take a role away: the user's next request is without it. Repeating it is harmless.

        Nobody changes their own roles: 403 `own_roles`. The last administrator stays one: 409 `last_admin`.
        """
        user, where = self._checked(caller, handle, role, _place(community, body))
        if (role, where) not in user.roles:
            return await self._answer(user, 0)
        sequence = await self.commands.revoke(user.id, role, f"user:{caller.id}", where)
        is_seen = await self.view.wait_for(sequence, SEE_OWN_WRITE_S)
        answer = await self._answer(user, sequence)
        if is_seen and role == "admin" and role in answer.roles:  # two removed each other at the same moment
            raise Conflict(LAST_ADMIN, "last_admin")
        return answer

    def _checked(self, caller: Caller, handle: str, role: GrantableRole, where: str | None) -> tuple[User, str | None]:
        user = self.queries.user_by_handle(handle)
        if user is None:
            raise NotFound(f"There is no user called {handle}.", "user_unknown")
        check_role_change(caller.require_user(), user, role, where)
        return user, where

    async def _answer(self, user: User, sequence: int) -> RolesOut:
        await self.view.wait_for(sequence, SEE_OWN_WRITE_S)
        now = self.queries.user_by_id(user.id) or user
        return RolesOut(handle=user.handle, roles=account_of(now).roles, sequence=sequence)


def router(
    *, commands: AccountCommands, queries: AccountQueries, communities: CommunityQueries, view: View
) -> APIRouter:
    """Return the routes of roles."""
    return router_of(Routes(commands, queries, communities, view), prefix="/v1", tags=["people"])


def _place(parameter: str | None, body: RoleIn | None) -> str | None:
    """Return the community that a request names; ignoring one of two would appoint for all communities."""
    named = {one for one in (parameter, body.community if body else None) if one is not None}
    if len(named) > 1:
        raise Invalid("The address and the body name different communities.", "community_unclear")
    return next(iter(named), None)
