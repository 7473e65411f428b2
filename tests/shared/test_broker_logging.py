"""What FastStream says becomes a line of ours, and what is no trouble is not said."""

import logging

import pytest

import shared.messaging.broker

FASTSTREAM = logging.getLogger(f"{shared.messaging.broker.__name__}.faststream")


def test_a_failure_of_faststream_is_a_line_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    FASTSTREAM.error("raised an exception, retrying", exc_info=ValueError("broken"))
    assert [record.name for record in caplog.records] == ["shared.messaging.broker.faststream"]


def test_an_empty_pull_that_ends_at_its_deadline_is_not_said(caplog: pytest.LogCaptureFixture) -> None:
    FASTSTREAM.error("raised an exception, retrying", exc_info=TimeoutError())
    assert caplog.records == []


def test_faststream_does_not_tell_of_its_tasks(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        FASTSTREAM.info("callback for a task is being executed")
    assert caplog.records == []
