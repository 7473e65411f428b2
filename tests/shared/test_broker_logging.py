"""Log records of FastStream: errors are kept, noise is dropped."""

import logging

import pytest

import shared.messaging.broker

FASTSTREAM = logging.getLogger(f"{shared.messaging.broker.__name__}.faststream")


def test_an_error_of_faststream_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    FASTSTREAM.error("raised an exception, retrying", exc_info=ValueError("broken"))
    assert [record.name for record in caplog.records] == ["shared.messaging.broker.faststream"]


def test_an_empty_pull_that_times_out_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    FASTSTREAM.error("raised an exception, retrying", exc_info=TimeoutError())
    assert caplog.records == []


def test_task_messages_of_faststream_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        FASTSTREAM.info("callback for a task is being executed")
    assert caplog.records == []
