"""The waiting times before restarts."""

from deploy.local.process_monitor import FIRST_WAIT_S, HEALTHY_AFTER_S, LONGEST_WAIT_S, SECOND_WAIT_S, Backoff


def test_the_first_restart_is_immediate_and_each_later_wait_doubles_up_to_the_maximum() -> None:
    backoff = Backoff()

    waits = [backoff.after(lived_s=0.1) for _ in range(8)]

    assert waits == [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert max(waits) == LONGEST_WAIT_S


def test_a_healthy_run_resets_the_wait() -> None:
    backoff = Backoff()
    for _ in range(4):
        backoff.after(lived_s=0.1)

    assert backoff.after(lived_s=HEALTHY_AFTER_S) == FIRST_WAIT_S
    assert backoff.after(lived_s=0.1) == SECOND_WAIT_S
