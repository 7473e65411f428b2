"""Route of the audit list."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query

from services.gateway.audit_list.queries import AuditListQueries
from services.gateway.audit_list.schemas import AuditList
from services.gateway.http.endpoints import guarded, router_of

PAGE = 50


@dataclass(frozen=True)
class Routes:
    """The endpoint and its collaborators."""

    queries: AuditListQueries

    @guarded("GET", "/audit", "see_audit")
    async def see_audit(self, cursor: Annotated[int | None, Query(ge=0, le=2**53)] = None) -> AuditList:
        """List appointments, removals, suspensions and moderators' decisions, newest first, with who did them."""
        items = self.queries.acts(cursor, PAGE)
        return AuditList(items=items, next=str(items[-1].sequence) if len(items) == PAGE else None)


def router(*, queries: AuditListQueries) -> APIRouter:
    """Return the route of the audit list."""
    return router_of(Routes(queries), prefix="/v1", tags=["moderation"])
