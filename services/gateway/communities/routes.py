"""Routes of communities."""

from dataclasses import dataclass

from fastapi import APIRouter

from services.gateway.communities.commands import CommunityCommands
from services.gateway.communities.queries import CommunityQueries
from services.gateway.communities.schemas import Communities, Community, NewCommunity
from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.guard import CallerIn
from services.gateway.view.view import SEE_OWN_WRITE_S, View
from shared.problems import Unavailable


@dataclass(frozen=True)
class Routes:
    """The endpoints and their collaborators."""

    commands: CommunityCommands
    queries: CommunityQueries
    view: View

    @guarded("GET", "/communities", "see_communities")
    async def see_communities(self) -> Communities:
        """List all communities, those with the most posts first."""
        return Communities(items=self.queries.all())

    @guarded("POST", "/communities", "create_community", status_code=201)
    async def create_community(self, wanted: NewCommunity, caller: CallerIn) -> Community:
        """Create a community with its guideline. If the name is taken: 409 `community_exists`."""
        sequence = await self.commands.create(wanted.name, wanted.title, wanted.guideline, caller.require_user().id)
        await self.view.wait_for(sequence, SEE_OWN_WRITE_S)
        community = self.queries.named(wanted.name)
        if community is None:
            raise Unavailable("The community has been created, but this replica does not show it yet.", "view_behind")
        return community


def router(*, commands: CommunityCommands, queries: CommunityQueries, view: View) -> APIRouter:
    """Return the routes of communities."""
    return router_of(Routes(commands, queries, view), prefix="/v1", tags=["communities"])
