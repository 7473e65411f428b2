"""Route of live updates."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from nats.errors import Error as BrokerError

from services.gateway.http.caller import Caller
from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.guard import CallerIn, identify
from services.gateway.stream.live_updates import Listener, LiveUpdates
from shared.problems import Problem, TooManyRequests

# The tabs of a client share one stream, so this covers all devices of a user and streams left open by mistake.
STREAMS_OF_A_USER = 20
# Visitors are counted by address, and a school has a single one.
STREAMS_OF_AN_ADDRESS = 100
# Sequences stay shorter than this for the next thousand years.
LAST_EVENT_ID = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True)
class Routes:
    """The endpoint and its collaborators. `scale` multiplies the limits of open streams."""

    updates: LiveUpdates
    scale: float

    @guarded(
        "GET",
        "/stream",
        "follow_stream",
        response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
    )
    async def follow_stream(
        self,
        request: Request,
        caller: CallerIn,
        last_event_id: Annotated[str | None, Header(max_length=40)] = None,
        resume: Annotated[int | None, Query(alias="last_event_id", ge=0, le=2**53)] = None,
    ) -> StreamingResponse:
        """Follow server-sent events: `decision` (on your own posts), `account`, `post`, `gone` and `counts`.

        `account`: your roles or your standing changed, so read `/v1/me` again. The id of an event is its sequence. A
        client that reconnects with `Last-Event-ID` (or the parameter `last_event_id`, if it cannot set headers) first
        gets the events that it missed.
        """
        most = (STREAMS_OF_A_USER if caller.user else STREAMS_OF_AN_ADDRESS) * self.scale
        if self.updates.open_streams(caller.key) >= most:
            raise TooManyRequests("Too many streams are open. Close one.", "too_many_streams", {"Retry-After": "30"})
        header = last_event_id or ""
        seen = int(header) if LAST_EVENT_ID.fullmatch(header) else resume
        listener = Listener(caller.key, caller.id, _is_signed_in(request, caller))
        return StreamingResponse(
            self.updates.stream(listener, seen),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )


def router(*, updates: LiveUpdates, scale: float) -> APIRouter:
    """Return the route of live updates."""
    return router_of(Routes(updates, scale), prefix="/v1", tags=["stream"])


def _is_signed_in(request: Request, caller: Caller) -> Callable[[], Awaitable[bool]]:
    """Return a check whether the caller's session still exists."""

    async def check() -> bool:
        try:
            return (await identify(request)).id == caller.id
        except (Problem, BrokerError, TimeoutError, ConnectionError):
            return False  # the client reconnects and is identified then

    return check
