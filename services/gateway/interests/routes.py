"""Routes of what a reader is not interested in."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path

from services.gateway.accounts.queries import AccountQueries
from services.gateway.communities.queries import CommunityQueries
from services.gateway.http.caller import Caller
from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.guard import CallerIn
from services.gateway.http.schemas import Lookup
from services.gateway.interests.commands import InterestCommands
from services.gateway.interests.queries import InterestQueries
from services.gateway.interests.schemas import Kind, NotInterested
from services.gateway.view.view import SEE_OWN_WRITE_S, View
from shared.problems import Invalid, NotFound

Name = Annotated[Lookup, Path()]


@dataclass(frozen=True)
class Routes:
    """The endpoints and their collaborators."""

    queries: InterestQueries
    commands: InterestCommands
    accounts: AccountQueries
    communities: CommunityQueries
    view: View

    @guarded("GET", "/me/not-interested", "see_interests")
    async def see_interests(self, caller: CallerIn) -> NotInterested:
        """List the communities and people that you are not interested in, latest first."""
        return self.queries.listed(caller.require_user().id)

    @guarded("PUT", "/me/not-interested/{kind}/{name}", "change_interests", status_code=204)
    async def not_interested(self, kind: Kind, name: Name, caller: CallerIn) -> None:
        """Say that you are not interested in a community (by name) or a person (by handle).

        Nothing of it appears in your `for_you`, among related posts, or in recommendations. You can still visit and
        find it, and nobody learns of it. At most 500: 409 `too_many_interests`.
        """
        await self._change(caller, kind, name, interested=False)

    @guarded(
        "DELETE", "/me/not-interested/{kind}/{name}", "change_interests", status_code=204,
        summary="Be interested in a community or a person again",
    )  # fmt: skip
    async def interested_again(self, kind: Kind, name: Name, caller: CallerIn) -> None:
        """Take it back: it appears again where it belongs."""
        await self._change(caller, kind, name, interested=True)

    async def _change(self, caller: Caller, kind: Kind, name: str, *, interested: bool) -> None:
        user = caller.require_user()
        if kind == "person":
            target = self.accounts.visible(name, caller).id
            if target == user.id:
                raise Invalid("This is your own account.", "own_account")
        elif self.communities.exists(name):
            target = name
        else:
            raise NotFound(f"There is no community called {name}.")
        sequence = await self.commands.change(user.id, kind, target, interested=interested)
        await self.view.wait_for(sequence, SEE_OWN_WRITE_S)


def router(
    *,
    queries: InterestQueries,
    commands: InterestCommands,
    accounts: AccountQueries,
    communities: CommunityQueries,
    view: View,
) -> APIRouter:
    """Return the routes of interests."""
    return router_of(Routes(queries, commands, accounts, communities, view), prefix="/v1", tags=["people"])
