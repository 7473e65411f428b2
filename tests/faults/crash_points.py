"""Named places at which a process kills itself, as a power cut would: nothing is flushed, closed or answered."""

import itertools
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from nats.aio.msg import Msg

from shared.log.append import Log


def _in_log() -> type[Any]:
    return Log


def _in_message() -> type[Any]:
    return Msg


def _in_index() -> type[Any]:
    from services.embeddings.adapters import EdgeIndex  # the other services do not have Qdrant loaded

    return EdgeIndex


# Name → the class, its method, and whether the method has had its effect when the process dies.
POINTS: dict[str, tuple[Callable[[], type[Any]], str, bool]] = {
    "before_append": (_in_log, "append", False),
    "after_append": (_in_log, "append", True),
    "before_ack": (_in_message, "ack", False),
    "before_term": (_in_message, "term", False),
    "after_upsert": (_in_index, "upsert", True),
}


def arm(point: str, nth: int) -> None:
    """Die at the n-th passing of a point."""
    find_owner, method, afterwards = POINTS[point]
    owner = find_owner()
    setattr(owner, method, _deadly(getattr(owner, method), nth, afterwards=afterwards))


def _deadly(whole: Callable[..., Awaitable[Any]], nth: int, *, afterwards: bool) -> Callable[..., Awaitable[Any]]:
    passed = itertools.count(1)

    async def crashing(*given: Any, **named: Any) -> Any:
        if not afterwards and next(passed) == nth:
            _die()
        result = await whole(*given, **named)
        if afterwards and next(passed) == nth:  # one that raised had no effect, and is not counted
            _die()
        return result

    return crashing


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
