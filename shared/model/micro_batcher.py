"""Batches the texts that arrive while the model is busy, in turn by author. No timer, and no added latency."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from shared.model.fair_queue import FairQueue
from shared.model.inference_cache import Inference
from shared.model.local_model import Model

# Texts in one run, and their characters: both limit the wait of a new text, which is the time of one run. It takes up
# to 0.1 s on two cores: a few short posts, or a few windows of a long one.
MAX_BATCH, MAX_CHARACTERS = 32, 1000
# A longer text costs hardly more: the model reads no more tokens of it, and only the tokenizer sees the rest.
COSTLY_CHARACTERS = 1000
# Texts of dry runs in one run, so that they delay the submissions beside them little; and dry runs under way at once.
MAX_DRY_RUNS, MAX_WAITING_DRY_RUNS = 2, 8


class BatcherClosed(RuntimeError):
    """The batcher accepts no more texts."""


class TooManyDryRuns(RuntimeError):
    """As many dry runs are under way as may be."""


Waiting = tuple[str, asyncio.Future[Inference]]


class MicroBatcher:
    """Runs one batch at a time in a worker thread. `async with` starts and closes it."""

    def __init__(self, model: Model, max_batch: int = MAX_BATCH) -> None:
        """Take the model and the maximum number of texts in one run."""
        self._model = model
        self._max_batch = max_batch
        self._waiting: FairQueue[Waiting] = FairQueue(_is_wanted)
        self._dry_runs: FairQueue[Waiting] = FairQueue(_is_wanted)
        self._dry_runs_under_way = 0
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

    async def infer_all(self, texts: Sequence[str], *, author: str = "", dry_run: bool = False) -> list[Inference]:
        """Return the inferences of the texts of one request. Authors take turns, text by text.

        Raises what the model raised for a batch with one of the texts.

        Raises:
            BatcherClosed: the batcher is not running.
            TooManyDryRuns: this dry run would wait behind too many others.
        """
        if self._closing or self._loop is None:
            raise BatcherClosed("the batcher is not running")
        if not dry_run:
            return await self._answers(self._waiting, author, texts)
        if self._dry_runs_under_way >= MAX_WAITING_DRY_RUNS:
            raise TooManyDryRuns
        self._dry_runs_under_way += 1
        try:
            return await self._answers(self._dry_runs, author, texts)
        finally:
            self._dry_runs_under_way -= 1

    async def infer(self, text: str, *, author: str = "", dry_run: bool = False) -> Inference:
        """Return the inference of one text; see `infer_all`."""
        return (await self.infer_all([text], author=author, dry_run=dry_run))[0]

    async def close(self) -> None:
        """Stop accepting texts, finish the waiting ones, and stop."""
        self._closing = True
        self._wake.set()
        if self._loop is not None:
            await self._loop

    async def _answers(self, waiting: FairQueue[Waiting], author: str, texts: Sequence[str]) -> list[Inference]:
        loop = asyncio.get_running_loop()
        answers: list[asyncio.Future[Inference]] = [loop.create_future() for _ in texts]
        for text, answer in zip(texts, answers, strict=True):
            waiting.add(author, min(len(text), COSTLY_CHARACTERS), (text, answer))
        self._wake.set()
        return await asyncio.gather(*answers)

    async def _serve(self) -> None:
        while self._waiting or self._dry_runs or not self._closing:
            await self._wake.wait()
            self._wake.clear()
            while batch := self._take():
                await self._run(batch)

    def _take(self) -> list[Waiting]:
        """Remove and return the next batch: submissions, with room for a few dry runs; cancelled texts are dropped."""
        dry_runs = self._dry_runs.take(min(MAX_DRY_RUNS, self._max_batch), MAX_CHARACTERS)
        return self._waiting.take(self._max_batch - len(dry_runs), MAX_CHARACTERS) + dry_runs

    async def _run(self, batch: list[Waiting]) -> None:
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


def _is_wanted(waiting: Waiting) -> bool:
    return not waiting[1].done()
