"""Batches the texts that arrive while the model is busy. No timer, and no added latency."""

import asyncio
from types import TracebackType
from typing import Self

from shared.model.inference_cache import Inference
from shared.model.local_model import Model

# Texts in one run. It limits the wait of a new text: 32 posts take about 0.3 s on two cores.
MAX_BATCH = 32


class BatcherClosed(RuntimeError):
    """The batcher accepts no more texts."""


class MicroBatcher:
    """Runs one batch at a time in a worker thread. `async with` starts and closes it."""

    def __init__(self, model: Model, max_batch: int = MAX_BATCH) -> None:
        """Take the model and the maximum number of texts in one run."""
        self._model = model
        self._max_batch = max_batch
        self._waiting: list[tuple[str, asyncio.Future[Inference]]] = []
        self._wake = asyncio.Event()
        self._closing = False
        self._loop: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start accepting texts."""
        self._loop = asyncio.create_task(self._serve(), name="micro-batcher")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Call `close`."""
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
        """Stop accepting texts, finish the waiting ones, and stop."""
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
        """Remove and return the next batch of waiting texts, without cancelled ones."""
        self._waiting = [item for item in self._waiting if not item[1].done()]
        batch, self._waiting = self._waiting[: self._max_batch], self._waiting[self._max_batch :]
        return batch

    async def _run(self, batch: list[tuple[str, asyncio.Future[Inference]]]) -> None:
        # `gather` turns an error of the model into the result of this batch, so that it does not end the loop.
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
