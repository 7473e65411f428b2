"""Work that several callers want at the same time is done once, and all of them get its result."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Flights(Generic[T]):
    """What is on its way, by key. A caller who gives up does not stop it for the others, nor for the cache."""

    def __init__(self) -> None:
        self._flying: dict[str, asyncio.Task[T]] = {}

    async def join(self, key: str, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The result of what flies under this key, started now if nothing does. Raises what the work raised."""
        task = self._flying.get(key)
        if task is None:
            task = self._flying[key] = asyncio.create_task(start())
            task.add_done_callback(lambda _: self._flying.pop(key))
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Stop what is on its way: whoever still waits is cancelled, and nothing is made of it."""
        flying = list(self._flying.values())
        for task in flying:
            task.cancel()
        await asyncio.gather(*flying, return_exceptions=True)
