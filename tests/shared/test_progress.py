"""Tests that a durable that stands still is reported, and one that waits for nothing is not."""

from shared.messaging.progress import STALLED_AFTER_S, Progress


def test_a_durable_is_stalled_when_messages_wait_and_none_is_taken() -> None:
    now = 0.0
    progress = Progress(lambda: now)
    assert progress.problem(7, waiting=3) == ""
    now = STALLED_AFTER_S - 1
    assert progress.problem(7, waiting=5) == ""
    now = STALLED_AFTER_S
    assert progress.problem(7, waiting=5).startswith("5 messages wait and none was taken for 120 s")
    assert progress.problem(8, waiting=4) == ""


def test_a_durable_without_waiting_messages_is_never_stalled() -> None:
    now = 0.0
    progress = Progress(lambda: now)
    progress.problem(7, waiting=0)
    now = 10 * STALLED_AFTER_S
    assert progress.problem(7, waiting=0) == ""
    now += STALLED_AFTER_S - 1
    assert progress.problem(7, waiting=1) == ""
