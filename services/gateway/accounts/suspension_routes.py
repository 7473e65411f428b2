"""Routes of suspensions, for moderators of the whole site."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path

from services.gateway.accounts.commands import AccountCommands
from services.gateway.accounts.domain import check_suspension
from services.gateway.accounts.queries import AccountQueries
from services.gateway.accounts.schemas import Standing, SuspensionIn
from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.guard import CallerIn
from services.gateway.http.schemas import Lookup
from services.gateway.view.view import SEE_OWN_WRITE_S, View
from shared.log.events import UserReinstated, UserSuspended

HandlePath = Annotated[Lookup, Path()]


@dataclass(frozen=True)
class Routes:
    """The endpoints and their collaborators."""

    commands: AccountCommands
    queries: AccountQueries
    view: View

    @guarded("POST", "/{handle}/suspension", "suspend_people", status_code=202)
    async def suspend_person(self, handle: HandlePath, wanted: SuspensionIn, caller: CallerIn) -> Standing:
        """Suspend a user for some days, or until a moderator ends it: they can read, but not write.

        They see the reason and the end, and keep access to their posts, their tokens and the deletion of their account.
        """
        user = self.queries.visible(handle, caller)
        check_suspension(caller.require_user(), user)
        until = datetime.now(UTC) + timedelta(days=wanted.days) if wanted.days else None
        fact = UserSuspended(reason=wanted.reason, until=until)
        sequence = await self.commands.change(user.id, fact, f"user:{caller.require_user().id}")
        await self.view.wait_for(sequence, SEE_OWN_WRITE_S)
        return Standing(handle=handle, standing="suspended", sequence=sequence)

    @guarded("DELETE", "/{handle}/suspension", "suspend_people", status_code=202, summary="Let a user write again")
    async def reinstate_person(self, handle: HandlePath, caller: CallerIn) -> Standing:
        """End a suspension."""
        user = self.queries.visible(handle, caller)
        check_suspension(caller.require_user(), user)
        sequence = await self.commands.change(user.id, UserReinstated(), f"user:{caller.require_user().id}")
        await self.view.wait_for(sequence, SEE_OWN_WRITE_S)
        return Standing(handle=handle, standing="good", sequence=sequence)


def router(*, commands: AccountCommands, queries: AccountQueries, view: View) -> APIRouter:
    """Return the routes of suspensions."""
    return router_of(Routes(commands, queries, view), prefix="/v1/users", tags=["people"])
