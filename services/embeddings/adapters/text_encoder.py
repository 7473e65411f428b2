"""Encodes texts in batches on one worker thread; urgent texts go first."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from services.embeddings.domain import Vector
from shared.tasks import WatchedExecutor, cancel_and_wait

Queue = deque[tuple[str, asyncio.Future[Vector]]]


class SentenceEncoder(Protocol):
    """The encoder as this service uses it. `passes` counts the texts that it has encoded."""

    passes: int

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode n texts into an (n, 384) array of unit vectors, in their order."""


# Texts per pass of the worker: short enough (about 60 ms) that a search does not wait noticeably behind one.
BATCH = 8


class TextEncoder:
    """Gathers concurrent texts into batches. `close` ends the worker."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        """Take an encoder, which is called in the worker thread only."""
        self._encoder = encoder
        self._worker = WatchedExecutor(1, name="encoder")
        self._urgent: Queue = deque()
        self._normal: Queue = deque()
        self._running: asyncio.Task[None] | None = None

    async def encode(self, text: str, *, urgent: bool = False) -> Vector:
        """Return the unit vector of a text, float32 of 384."""
        result: asyncio.Future[Vector] = asyncio.get_running_loop().create_future()
        (self._urgent if urgent else self._normal).append((text, result))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return await result

    async def close(self) -> None:
        """Finish the current pass and end the worker."""
        await cancel_and_wait(self._running)
        self._worker.shutdown()

    async def _run(self) -> None:
        while queue := self._urgent or self._normal:
            batch = [queue.popleft() for _ in range(min(BATCH, len(queue)))]
            await self._encode_batch([(text, result) for text, result in batch if not result.cancelled()])

    async def _encode_batch(self, batch: list[tuple[str, asyncio.Future[Vector]]]) -> None:
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
