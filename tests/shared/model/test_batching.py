"""The micro-batcher: waiting texts run together, and an error affects only its own batch."""

import asyncio
import threading
from collections.abc import Sequence

import numpy as np
import pytest

from shared.model.categories import SCORES
from shared.model.inference_cache import Inference
from shared.model.micro_batcher import MAX_WAITING_DRY_RUNS, BatcherClosed, MicroBatcher, TooManyDryRuns


class BlockingModel:
    """Records each batch, blocks until released, and fails on a batch that contains `poison`."""

    digest = "stubborn"
    passes = 0

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.started = threading.Semaphore(0)
        self.gate = threading.Semaphore(0)

    def infer(self, texts: Sequence[str]) -> list[Inference]:
        self.batches.append(list(texts))
        self.started.release()
        self.gate.acquire()
        if "poison" in texts:
            raise ValueError("poisoned")
        return [Inference(np.full(384, len(text), np.float32), np.zeros(len(SCORES), np.float32)) for text in texts]

    async def running(self) -> None:
        await asyncio.to_thread(self.started.acquire)

    def go_on(self, batches: int) -> None:
        self.gate.release(batches)


async def _ask(batcher: MicroBatcher, *texts: str) -> list[asyncio.Task[Inference]]:
    tasks = [asyncio.create_task(batcher.infer(text)) for text in texts]
    await asyncio.sleep(0)  # every task has submitted its text
    return tasks


async def test_texts_that_wait_during_a_run_form_one_batch() -> None:
    model = BlockingModel()
    async with MicroBatcher(model) as batcher:
        first = await _ask(batcher, "a")
        await model.running()
        rest = await _ask(batcher, "bb", "ccc", "dddd")
        model.go_on(2)
        answers = await asyncio.gather(*first, *rest)
    assert model.batches == [["a"], ["bb", "ccc", "dddd"]]
    assert [int(answer.vector[0]) for answer in answers] == [1, 2, 3, 4]


async def test_submissions_run_before_dry_runs_that_came_first() -> None:
    model = BlockingModel()
    model.go_on(4)
    async with MicroBatcher(model, max_batch=4) as batcher:
        dry_runs = [asyncio.create_task(batcher.infer(f"dry {number}", dry_run=True)) for number in range(5)]
        submissions = [asyncio.create_task(batcher.infer(f"post {number}")) for number in range(3)]
        await asyncio.gather(*dry_runs, *submissions)
    assert model.batches == [
        ["post 0", "post 1", "dry 0", "dry 1"], ["post 2", "dry 2", "dry 3"], ["dry 4"],
    ]  # fmt: skip


async def test_more_dry_runs_than_may_wait_are_refused_at_once() -> None:
    model = BlockingModel()
    async with MicroBatcher(model) as batcher:
        await _ask(batcher, "a")
        await model.running()
        tasks = [asyncio.create_task(batcher.infer("b", dry_run=True)) for _ in range(MAX_WAITING_DRY_RUNS + 3)]
        await asyncio.sleep(0)
        refused = [task for task in tasks if task.done() and isinstance(task.exception(), TooManyDryRuns)]
        submission = asyncio.create_task(batcher.infer("c"))
        model.go_on(20)
        await submission
    assert len(refused) == 3


async def test_batches_are_limited_and_keep_the_order() -> None:
    model = BlockingModel()
    model.go_on(3)
    async with MicroBatcher(model, max_batch=2) as batcher:
        await asyncio.gather(*(await _ask(batcher, "1", "2", "3", "4", "5")))
    assert model.batches == [["1", "2"], ["3", "4"], ["5"]]


async def test_a_failing_batch_fails_only_its_own_texts() -> None:
    model = BlockingModel()
    model.go_on(3)
    async with MicroBatcher(model, max_batch=2) as batcher:
        tasks = await _ask(batcher, "a", "b", "poison", "c", "d")
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(outcome, ValueError) for outcome in outcomes] == [False, False, True, True, False]


async def test_a_cancelled_request_is_not_run() -> None:
    model = BlockingModel()
    async with MicroBatcher(model) as batcher:
        first = await _ask(batcher, "a")
        await model.running()
        gone, stays = await _ask(batcher, "gone", "stays")
        gone.cancel()
        await asyncio.sleep(0)
        model.go_on(2)
        await asyncio.gather(*first, stays)
    assert model.batches == [["a"], ["stays"]]


async def test_closing_finishes_waiting_texts_and_refuses_later_ones() -> None:
    model = BlockingModel()
    batcher = MicroBatcher(model)
    async with batcher:
        waiting = await _ask(batcher, "a", "b")
        model.go_on(2)
    await asyncio.wait(waiting, timeout=60)
    assert all(task.done() and task.exception() is None for task in waiting)
    with pytest.raises(BatcherClosed):
        await batcher.infer("late")
