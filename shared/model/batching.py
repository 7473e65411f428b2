"""Requests that arrive while the model is busy are run together when it is free: no timer, no added waiting."""

import asyncio
from types import TracebackType
from typing import Self

from shared.model.inference_cache import Inference
from shared.model.local_model import Model

# Texts of one run. It bounds what a text that arrives now waits for: 32 posts are about 0.3 s on two cores.
MAX_BATCH = 32


class BatcherClosed(RuntimeError):
    """The batcher takes no more texts."""


class MicroBatcher:
    """One run at a time, in a worker thread; `async with` starts and closes it."""

    def __init__(self, model: Model, max_batch: int = MAX_BATCH) -> None:
        """Take the model to run and the largest number of texts in one run."""
        self._model = model
        self._max_batch = max_batch
        self._waiting: list[tuple[str, asyncio.Future[Inference]]] = []
        self._wake = asyncio.Event()
        self._closing = False
        self._loop: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start taking texts."""
        self._loop = asyncio.create_task(self._serve(), name="micro-batcher")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close as `close` does."""
        await self.close()

    async def infer(self, text: str) -> Inference:
        """Return the inference of `text`. Raises what the model raised for its batch, or BatcherClosed."""
        if self._closing or self._loop is None:
            raise BatcherClosed("the batcher is not running")
        answer: asyncio.Future[Inference] = asyncio.get_running_loop().create_future()
        self._waiting.append((text, answer))
        self._wake.set()
        return await answer

    async def close(self) -> None:
        """Take no more texts, answer those that wait, and end."""
        self._closing = True
        self._wake.set()
        if self._loop is not None:
            await self._loop

    async def _serve(self) -> None:
        while self._waiting or not self._closing:
            await self._wake.wait()
            self._wake.clear()
            while batch := self._take():
                await self._run(batch)

    def _take(self) -> list[tuple[str, asyncio.Future[Inference]]]:
        """Remove the next batch from those that wait; whoever was cancelled meanwhile is not run."""
        self._waiting = [item for item in self._waiting if not item[1].done()]
        batch, self._waiting = self._waiting[: self._max_batch], self._waiting[self._max_batch :]
        return batch

    async def _run(self, batch: list[tuple[str, asyncio.Future[Inference]]]) -> None:
        # Gathered, so that whatever the model raises becomes the answer of this batch and does not end the loop.
        results = await asyncio.gather(
            asyncio.to_thread(self._model.infer, [text for text, _ in batch]), return_exceptions=True
        )
        for position, (_, answer) in enumerate(batch):
            if answer.done():
                continue
            if isinstance(results[0], BaseException):
                answer.set_exception(results[0])
            else:
                answer.set_result(results[0][position])
