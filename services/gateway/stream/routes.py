"""What happens, as it happens."""

import re
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from nats.errors import Error as BrokerError

from services.gateway.dependencies import House, InHouse
from services.gateway.http.guard import Caller, CallerIn, guarded, identify
from services.gateway.stream.live_updates import Listener
from shared.problems import Problem, TooManyRequests

router = APIRouter(prefix="/v1", tags=["stream"])
# The client shares one stream among its tabs: this is all the devices of a person, and what was left open by mistake.
STREAMS_OF_A_PERSON = 20
# Visitors are told apart by address only, and a school has one.
STREAMS_OF_AN_ADDRESS = 100
# Sequences have fewer digits for the next thousand years.
LAST_EVENT_ID = re.compile(r"[0-9]{1,15}")


@guarded(
    router,
    "GET",
    "/stream",
    "follow_stream",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def follow_stream(
    request: Request,
    house: InHouse,
    caller: CallerIn,
    last_event_id: Annotated[str | None, Header(max_length=40)] = None,
    resume: Annotated[int | None, Query(alias="last_event_id", ge=0, le=2**53)] = None,
) -> StreamingResponse:
    """Server-sent events: `decision` (one's own), `post`, `gone` and `counts`, each with its sequence as id.

    A page that comes again with `Last-Event-ID`, or `last_event_id` where it cannot set headers, gets what
    it has missed.
    """
    most = (STREAMS_OF_A_PERSON if caller.user else STREAMS_OF_AN_ADDRESS) * house.settings.rate_scale
    if house.arrivals.open_pages(caller.key) >= most:
        raise TooManyRequests("Too many streams are open: close one.", "too_many_streams", {"Retry-After": "30"})
    header = last_event_id or ""
    seen = int(header) if LAST_EVENT_ID.fullmatch(header) else resume
    listener = Listener(caller.key, caller.id, _still(request, house, caller))
    return StreamingResponse(
        house.arrivals.stream(listener, seen),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _still(request: Request, house: House, caller: Caller) -> Callable[[], Awaitable[bool]]:
    """Whether the caller is who they were: their session may have ended since."""

    async def check() -> bool:
        try:
            return (await identify(request, house)).id == caller.id
        except (Problem, BrokerError, TimeoutError, ConnectionError):
            return False  # who cannot be asked now comes again and is asked then

    return check
