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
    monkeypatch.setattr(tasks, "RECANCEL_AFTER_S", 0.01)
    task = asyncio.create_task(deaf(3))
    await asyncio.sleep(0)
    await tasks.cancel_and_wait(task)
    assert task.cancelled()


async def test_what_never_began_and_what_has_failed_are_over() -> None:
    async def failing() -> None:
        raise OSError

    task = asyncio.create_task(failing())
    await asyncio.sleep(0)
    await tasks.cancel_and_wait(None, task)
    assert task.done()


async def test_a_task_that_failed_says_why_whatever_it_was(caplog: pytest.LogCaptureFixture) -> None:
    async def breaking() -> None:
        raise ZeroDivisionError("nobody thought of it")

    task = tasks.start_background(breaking(), "rebuild")
    assert tasks.failure_reason(task) == ""
    await asyncio.wait([task])
    await asyncio.sleep(0)
    assert tasks.failure_reason(task) == "failed: ZeroDivisionError, see its log"
    assert "rebuild failed" in caplog.text


async def test_tasks_that_ended_well_were_cancelled_or_never_began_have_no_failure() -> None:
    done, cancelled = (
        tasks.start_background(asyncio.sleep(0), "done"),
        tasks.start_background(asyncio.sleep(60), "cancelled"),
    )
    await done
    await tasks.cancel_and_wait(cancelled)
    assert [tasks.failure_reason(task) for task in (done, cancelled, None)] == ["", "", ""]


async def test_of_several_failures_each_kind_is_named_once() -> None:
    async def breaking() -> None:
        raise ExceptionGroup("several", [OSError(), ValueError(), OSError()])

    task = tasks.start_background(breaking(), "rebuild")
    await asyncio.wait([task])
    assert tasks.failure_reason(task) == "failed: OSError, ValueError, see its log"
