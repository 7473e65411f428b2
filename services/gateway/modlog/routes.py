"""Route of the public moderation log."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query

from services.gateway.http.endpoints import guarded, router_of
from services.gateway.modlog.queries import ModlogQueries
from services.gateway.modlog.schemas import Modlog

PAGE = 50


@dataclass(frozen=True)
class Routes:
    """The endpoint and its collaborators."""

    queries: ModlogQueries

    @guarded("GET", "/modlog", "see_modlog")
    async def see_modlog(
        self,
        community: Annotated[str | None, Query(max_length=40)] = None,
        cursor: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    ) -> Modlog:
        """Read decisions other than ordinary publications, newest first, without texts and names."""
        items = self.queries.modlog(community, cursor, PAGE)
        return Modlog(items=items, next=str(items[-1].sequence) if len(items) == PAGE else None)


def router(*, queries: ModlogQueries) -> APIRouter:
    """Return the route of the moderation log."""
    return router_of(Routes(queries), prefix="/v1", tags=["moderation"])
