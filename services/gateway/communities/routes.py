"""Communities."""

from fastapi import APIRouter

from services.gateway.accounts.routes import SEE_OWN_WRITE_S
from services.gateway.dependencies import InHouse
from services.gateway.feed.schemas import Communities, Community, NewCommunity
from services.gateway.http.guard import CallerIn, guarded
from shared.problems import Unavailable

router = APIRouter(prefix="/v1", tags=["communities"])


@guarded(router, "GET", "/communities", "see_communities")
async def see_communities(house: InHouse) -> Communities:
    """All communities, the liveliest first."""
    return Communities(items=house.view.communities())


@guarded(router, "POST", "/communities", "create_community", status_code=201)
async def create_community(wanted: NewCommunity, house: InHouse, caller: CallerIn) -> Community:
    """Open a community with its guideline. A taken name is 409 `community_exists`."""
    sequence = await house.communities.create(wanted.name, wanted.title, wanted.guideline, caller.person.id)
    await house.view.wait_for(sequence, SEE_OWN_WRITE_S)
    community = house.view.community(wanted.name)
    if community is None:
        raise Unavailable("The community is in the log; this replica has not seen it yet.", "view_behind")
    return community
