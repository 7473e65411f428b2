"""Routes for moderators: how far previews differ from decisions, and whether previews are worth it."""

from dataclasses import dataclass

from fastapi import APIRouter

from services.gateway.drift.drift_view import DriftView
from services.gateway.drift.schemas import Drift, DriftBy, DriftWindow, Worth
from services.gateway.http.endpoints import guarded, router_of


@dataclass(frozen=True)
class Routes:
    """The endpoints and their collaborator."""

    view: DriftView

    @guarded("GET", "/drift", "see_drift")
    async def see_drift(self, window: DriftWindow = "week", by: DriftBy = "tier") -> Drift:
        """Compare previews with automatic decisions by tier, policy or model. This is telemetry, never evidence."""
        return await self.view.drift(window, by)

    @guarded("GET", "/worth", "see_drift", summary="See whether previews are worth it")
    async def see_worth(self, window: DriftWindow = "month") -> Worth:
        """Compare randomly assigned users with and without previews.

        Unless a benefit is shown, the advice is to stop.
        """
        return await self.view.worth(window)


def router(*, view: DriftView) -> APIRouter:
    """Return the routes of drift."""
    return router_of(Routes(view), prefix="/v1", tags=["previews"])
