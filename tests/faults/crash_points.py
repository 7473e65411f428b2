"""Crash points at which a process kills itself, as in a power cut: nothing is flushed, closed or answered."""

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
    from services.embeddings.adapters import EdgeIndex  # only embeddings has Qdrant

    return EdgeIndex


# Name → class, method, and whether the process dies after the method's effect.
POINTS: dict[str, tuple[Callable[[], type[Any]], str, bool]] = {
    "before_append": (_in_log, "append", False),
    "after_append": (_in_log, "append", True),
    "before_ack": (_in_message, "ack", False),
    "before_term": (_in_message, "term", False),
    "after_upsert": (_in_index, "upsert", True),
}


def arm(point: str, nth: int) -> None:
    """Make the process die at the n-th pass of a crash point."""
    find_owner, method, afterwards = POINTS[point]
    owner = find_owner()
    setattr(owner, method, _crashing(getattr(owner, method), nth, afterwards=afterwards))


def _crashing(original: Callable[..., Awaitable[Any]], nth: int, *, afterwards: bool) -> Callable[..., Awaitable[Any]]:
    passed = itertools.count(1)

    async def call(*args: Any, **kwargs: Any) -> Any:
        if not afterwards and next(passed) == nth:
            _die()
        result = await original(*args, **kwargs)
        if afterwards and next(passed) == nth:  # a call that raised had no effect and does not count
            _die()
        return result

    return call


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
