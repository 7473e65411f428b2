"""What happens, as it happens."""

from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse

from services.gateway.guard import CallerIn, guarded
from services.gateway.house import InHouse

router = APIRouter(prefix="/v1", tags=["stream"])


@guarded(
    router,
    "GET",
    "/stream",
    "follow_stream",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def follow_stream(
    house: InHouse,
    caller: CallerIn,
    last_event_id: Annotated[str | None, Header(max_length=40)] = None,
    resume: Annotated[int | None, Query(alias="last_event_id", ge=0, le=2**53)] = None,
) -> StreamingResponse:
    """Server-sent events: `decision` (one's own), `post` and `counts`, each with its sequence as id.

    A page that comes again with `Last-Event-ID`, or `last_event_id` where it cannot set headers, gets what
    it has missed.
    """
    header = last_event_id or ""
    seen = int(header) if header.isascii() and header.isdigit() else resume
    return StreamingResponse(
        house.arrivals.stream(caller.id, seen),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
