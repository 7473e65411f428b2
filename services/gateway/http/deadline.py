"""Limits the time for an answer, so that a request never hangs on a broker or service that does not answer."""

from asyncio import Timeout, get_running_loop, timeout
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request

from services.gateway.http.admission import Kind
from shared.log.append import UnknownOutcome
from shared.problems import Unavailable

# From the end of the request's body to the answer. Appending waits 5 s for the broker and 5 s more to settle the
# outcome, and a dry run waits 10 s.
ANSWER_S = 15.0
# Each of the 200 rows of an import is a write of its own.
IMPORT_ANSWER_S = 120.0


class Deadline:
    """The time limit of one request. It pauses while the body arrives, whose time the middleware limits."""

    def __init__(self, limit: Timeout, seconds: float) -> None:
        self._limit = limit
        self._seconds = seconds
        self.start()

    def start(self) -> None:
        """Start the time from the beginning."""
        if not self._limit.expired():
            self._limit.reschedule(get_running_loop().time() + self._seconds)

    def pause(self) -> None:
        """Stop the time until `start`."""
        self._limit.reschedule(None)


@asynccontextmanager
async def answered_in_time(request: Request, kind: Kind) -> AsyncIterator[Deadline]:
    """Cancel the block when its time is over.

    Raises:
        UnknownOutcome: a write took too long; it may be stored.
        Unavailable: `too_slow`, another request took too long.
    """
    seconds = IMPORT_ANSWER_S if request.url.path == "/v1/import" else ANSWER_S
    try:
        async with timeout(None) as limit:
            yield Deadline(limit, seconds)
    except TimeoutError as error:
        if not limit.expired():
            raise
        if kind == "write":
            raise UnknownOutcome(request.url.path) from error
        raise Unavailable("The server did not answer in time. Nothing was stored.", "too_slow") from error
