"""Route of the public moderation log."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query

from services.gateway.http.caller import Caller
from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.guard import CallerIn
from services.gateway.http.schemas import Line
from services.gateway.modlog.queries import LogReader, ModlogQueries
from services.gateway.modlog.schemas import Modlog

PAGE = 50


@dataclass(frozen=True)
class Routes:
    """The endpoint and its collaborators."""

    queries: ModlogQueries

    @guarded("GET", "/modlog", "see_modlog")
    async def see_modlog(
        self,
        caller: CallerIn,
        community: Annotated[Line | None, Query(max_length=40)] = None,
        cursor: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    ) -> Modlog:
        """Read the rejections, and the holds that a moderator confirmed, newest first, without texts and names.

        Overturned decisions are not listed, nor is anything about somebody who may need help. Which post an entry is
        about is shown to its author and to moderators of its community.
        """
        items = self.queries.modlog(_reader(caller), community, cursor, PAGE)
        return Modlog(items=items, next=str(items[-1].sequence) if len(items) == PAGE else None)


def router(*, queries: ModlogQueries) -> APIRouter:
    """Return the route of the moderation log."""
    return router_of(Routes(queries), prefix="/v1", tags=["moderation"])


def _reader(caller: Caller) -> LogReader:
    if caller.user is None or not caller.may("review_posts"):
        return LogReader(caller.id)
    moderated = [where for role, where in caller.user.roles if role in ("moderator", "admin")]
    return LogReader(caller.id, None if None in moderated else [where for where in moderated if where])
