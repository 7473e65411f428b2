"""Waiting for what will come true, with patience that only a failing test exhausts."""

import asyncio
from collections.abc import Awaitable, Callable

# A minute: whole processes start again, on two cores that do much else.
PATIENCE_S = 60.0
LOOK_EVERY_S = 0.03


async def until(look: Callable[[], Awaitable[bool]], what: str, within_s: float = PATIENCE_S) -> None:
    """Look until it is so.

    Raises:
        AssertionError: it never was; `what` says what was awaited.
    """
    deadline = asyncio.get_running_loop().time() + within_s
    while not await look():
        assert asyncio.get_running_loop().time() < deadline, f"never came true: {what}"
        await asyncio.sleep(LOOK_EVERY_S)
