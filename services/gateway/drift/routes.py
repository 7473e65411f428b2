"""For moderators: how far previews and decisions are apart, and whether previews are worth it."""

from fastapi import APIRouter

from services.gateway.dependencies import InHouse
from services.gateway.drift.schemas import Drift, DriftBy, DriftWindow, Worth
from services.gateway.http.guard import guarded

router = APIRouter(prefix="/v1", tags=["previews"])


@guarded(router, "GET", "/drift", "see_drift")
async def see_drift(house: InHouse, window: DriftWindow = "week", by: DriftBy = "tier") -> Drift:
    """What previews said against what engines decided, by tier, policies or models. Telemetry, never evidence."""
    return await house.drift.drift(window, by)


@guarded(router, "GET", "/worth", "see_drift", summary="See whether previews are worth it")
async def see_worth(house: InHouse, window: DriftWindow = "month") -> Worth:
    """People with previews against people without, drawn by chance; without a shown benefit it says: switch off."""
    return await house.drift.worth(window)
