"""Batches the texts that arrive while the model is busy. No timer, and no added latency."""

import asyncio
from types import TracebackType
from typing import Self

from shared.model.inference_cache import Inference
from shared.model.local_model import Model

# Texts in one run. It limits the wait of a new text: 32 posts take about 0.3 s on two cores.
MAX_BATCH = 32
# Dry runs in one run, so that they delay the submissions beside them little; and dry runs that may wait, about 1 s.
MAX_DRY_RUNS, MAX_WAITING_DRY_RUNS = 2, 8


class BatcherClosed(RuntimeError):
    """The batcher accepts no more texts."""


class TooManyDryRuns(RuntimeError):
    """As many dry runs wait as may wait."""


Waiting = list[tuple[str, asyncio.Future[Inference]]]


class MicroBatcher:
    """Runs one batch at a time in a worker thread. `async with` starts and closes it."""

    def __init__(self, model: Model, max_batch: int = MAX_BATCH) -> None:
        """Take the model and the maximum number of texts in one run."""
        self._model = model
        self._max_batch = max_batch
        self._waiting: Waiting = []
        self._dry_runs: Waiting = []
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

    async def infer(self, text: str, *, dry_run: bool = False) -> Inference:
        """Return the inference of `text`. Raises what the model raised for its batch.

        Raises:
            BatcherClosed: the batcher is not running.
            TooManyDryRuns: this dry run would wait behind too many others.
        """
        if self._closing or self._loop is None:
            raise BatcherClosed("the batcher is not running")
        if dry_run and len(self._dry_runs) >= MAX_WAITING_DRY_RUNS:
            raise TooManyDryRuns
        answer: asyncio.Future[Inference] = asyncio.get_running_loop().create_future()
        (self._dry_runs if dry_run else self._waiting).append((text, answer))
        self._wake.set()
        return await answer

    async def close(self) -> None:
        """Stop accepting texts, finish the waiting ones, and stop."""
        self._closing = True
        self._wake.set()
        if self._loop is not None:
            await self._loop

    async def _serve(self) -> None:
        while self._waiting or self._dry_runs or not self._closing:
            await self._wake.wait()
            self._wake.clear()
            while batch := self._take():
                await self._run(batch)

    def _take(self) -> Waiting:
        """Remove and return the next batch: submissions, with room for a few dry runs; cancelled texts are dropped."""
        dry_runs, self._dry_runs = _split(self._dry_runs, min(MAX_DRY_RUNS, self._max_batch))
        others, self._waiting = _split(self._waiting, self._max_batch - len(dry_runs))
        return others + dry_runs

    async def _run(self, batch: Waiting) -> None:
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


def _split(waiting: Waiting, count: int) -> tuple[Waiting, Waiting]:
    """Return the first `count` texts and the rest, both without cancelled ones."""
    wanted = [item for item in waiting if not item[1].done()]
    return wanted[:count], wanted[count:]
