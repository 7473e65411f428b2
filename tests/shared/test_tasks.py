"""`cancel_and_wait` ends tasks, also those that lose a cancellation; `failure_reason` reports errors."""

import asyncio

import pytest

from shared import tasks


async def ignore_cancellations(times: int) -> None:
    """Ignore this many cancellations."""
    for _ in range(times):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            continue
    await asyncio.sleep(60)


async def test_a_task_that_loses_its_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "RECANCEL_AFTER_S", 0.01)
    task = asyncio.create_task(ignore_cancellations(3))
    await asyncio.sleep(0)
    await tasks.cancel_and_wait(task)
    assert task.cancelled()


async def test_failed_tasks_and_missing_tasks_are_ignored() -> None:
    async def failing() -> None:
        raise OSError

    task = asyncio.create_task(failing())
    await asyncio.sleep(0)
    await tasks.cancel_and_wait(None, task)
    assert task.done()


async def test_the_failure_of_a_task_is_reported_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def breaking() -> None:
        raise ZeroDivisionError("nobody thought of it")

    task = tasks.start_background(breaking(), "rebuild")
    assert tasks.failure_reason(task) == ""
    await asyncio.wait([task])
    await asyncio.sleep(0)
    assert tasks.failure_reason(task) == "failed: ZeroDivisionError, see its log"
    assert "rebuild failed" in caplog.text


async def test_successful_cancelled_and_missing_tasks_have_no_failure() -> None:
    done, cancelled = (
        tasks.start_background(asyncio.sleep(0), "done"),
        tasks.start_background(asyncio.sleep(60), "cancelled"),
    )
    await done
    await tasks.cancel_and_wait(cancelled)
    assert [tasks.failure_reason(task) for task in (done, cancelled, None)] == ["", "", ""]


async def test_each_class_in_an_exception_group_is_named_once() -> None:
    async def breaking() -> None:
        raise ExceptionGroup("several", [OSError(), ValueError(), OSError()])

    task = tasks.start_background(breaking(), "rebuild")
    await asyncio.wait([task])
    assert tasks.failure_reason(task) == "failed: OSError, ValueError, see its log"
