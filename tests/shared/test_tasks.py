"""A background task is over when `ended` returns, also one that forgets that it was cancelled."""

import asyncio

import pytest

from shared import tasks


async def deaf(times: int) -> None:
    """Swallows so many cancellations."""
    for _ in range(times):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            continue
    await asyncio.sleep(60)


async def test_a_task_that_forgets_its_cancellation_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "AGAIN_S", 0.01)
    task = asyncio.create_task(deaf(3))
    await asyncio.sleep(0)
    await tasks.ended(task)
    assert task.cancelled()


async def test_what_never_began_and_what_has_failed_are_over() -> None:
    async def failing() -> None:
        raise OSError

    task = asyncio.create_task(failing())
    await asyncio.sleep(0)
    await tasks.ended(None, task)
    assert task.done()
