"""The route of recommendations."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query

from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.guard import CallerIn
from services.gateway.recommendations.recommender import Recommender
from services.gateway.recommendations.schemas import Recommendations


@dataclass(frozen=True)
class Routes:
    """The endpoint and its collaborator."""

    recommender: Recommender

    @guarded("GET", "/recommendations", "see_recommendations")
    async def see_recommendations(
        self, caller: CallerIn, limit: Annotated[int, Query(ge=1, le=10)] = 3
    ) -> Recommendations:
        """Read communities that you do not read yet, and people whose posts are near to what you vote for.

        Each has its reason. Before your first votes they are those of the hottest posts. What you are not interested
        in, people who are suspended or gone, and authors that an import has created are left out.
        """
        return await self.recommender.recommend(caller.require_user().id, limit)


def router(*, recommender: Recommender) -> APIRouter:
    """Return the route of recommendations."""
    return router_of(Routes(recommender), prefix="/v1", tags=["feed"])
