"""Trying again: backoff with chance, inside one budget of time."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from services.moderation.engines.trouble import AGAIN, Trouble

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to try: each attempt, all of them with their waits, and how many there are at most."""

    attempt_s: float
    total_s: float
    attempts: int
    # Half a second, doubled each time: a provider that sheds load needs it, a person hardly notices it.
    first_wait_s: float = 0.5


async def persist(call: Callable[[], Awaitable[T]], patience: Patience) -> T:
    """The first usable answer.

    Waits are random between half and all of what the backoff gives, so that posts that failed together do not come
    back together, and never shorter than the provider asks for (Retry-After). An attempt that the budget cannot hold
    is not begun. Every attempt is cut off as a whole: a provider that sends a byte a second never trips a time-out
    between bytes.

    Raises:
        Trouble: the last one.
    """
    clock = asyncio.get_running_loop().time
    deadline = clock() + patience.total_s
    for attempt in range(1, patience.attempts + 1):
        try:
            return await _within(min(patience.attempt_s, deadline - clock()), call)
        except Trouble as trouble:
            backoff = patience.first_wait_s * 2 ** (attempt - 1) * random.uniform(0.5, 1.0)
            wait = max(backoff, trouble.wait_s or 0.0)
            if trouble.why not in AGAIN or attempt == patience.attempts or clock() + wait >= deadline:
                raise
        await asyncio.sleep(wait)
    raise AssertionError("at least one attempt is made")


async def _within(seconds: float, call: Callable[[], Awaitable[T]]) -> T:
    try:
        async with asyncio.timeout(seconds):
            return await call()
    except TimeoutError:
        raise Trouble("timeout") from None
