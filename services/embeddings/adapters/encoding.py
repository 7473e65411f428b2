"""Vectors of texts, from one encoder in one worker thread: what somebody waits for goes first."""

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from services.embeddings.domain import Vector
from shared.tasks import cancel_and_wait

Waiting = deque[tuple[str, asyncio.Future[Vector]]]


class Encodes(Protocol):
    """The encoder as this service uses it. `passes` counts the texts that it has run."""

    passes: int

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """n texts → (n, 384) unit vectors, in their order."""


# Posts in one pass of the worker: short enough (about 60 ms) that a search does not wait noticeably behind them.
BATCH = 8


class TextEncoder:
    """Gathers texts that come at once into batches. `close` ends the worker."""

    def __init__(self, encoder: Encodes) -> None:
        """The encoder is called in the worker thread only."""
        self._encoder = encoder
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="encoder")
        self._urgent: Waiting = deque()
        self._patient: Waiting = deque()
        self._running: asyncio.Task[None] | None = None

    async def vector(self, text: str, *, urgent: bool = False) -> Vector:
        """The unit vector of a text, float32 of 384."""
        result: asyncio.Future[Vector] = asyncio.get_running_loop().create_future()
        (self._urgent if urgent else self._patient).append((text, result))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return await result

    async def close(self) -> None:
        """Finish the pass that runs and end the worker."""
        await cancel_and_wait(self._running)
        self._worker.shutdown()

    async def _run(self) -> None:
        while lane := self._urgent or self._patient:
            batch = [lane.popleft() for _ in range(min(BATCH, len(lane)))]
            await self._pass([(text, result) for text, result in batch if not result.cancelled()])

    async def _pass(self, batch: list[tuple[str, asyncio.Future[Vector]]]) -> None:
        if not batch:
            return
        texts = [text for text, _ in batch]
        pending = asyncio.get_running_loop().run_in_executor(self._worker, self._encoder.encode, texts)
        await asyncio.wait([pending])
        for row, (_, result) in enumerate(batch):
            if result.cancelled():
                continue
            if error := pending.exception():
                result.set_exception(error)
            else:
                result.set_result(pending.result()[row])
