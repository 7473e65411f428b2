"""Log records of FastStream: errors are kept, noise is dropped."""

import logging

import pytest
from nats.errors import Error

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


async def test_an_error_of_the_broker_is_logged_without_the_key_of_a_bucket(caplog: pytest.LogCaptureFixture) -> None:
    refused = Error("nats: 'Permissions Violation for Publish to \"$KV.ACCOUNTS.ada-lovelace\"'")
    await shared.messaging.broker._log_error(refused)
    assert "ada-lovelace" not in str(vars(caplog.records[0]))
    assert "$KV.ACCOUNTS" in str(vars(caplog.records[0]))
