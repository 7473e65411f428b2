"""Tests that the broker's problems are told without paths of the machine."""

import json
from types import SimpleNamespace
from typing import cast

import pytest
from nats.aio.client import Client
from nats.errors import NoRespondersError

from shared.messaging.broker_monitor import UNREADABLE, reported_problem

WRITE_ERROR = {
    "status": "error",
    "errors": [{
        "type": "STREAM", "account": "OTTIT", "stream": "EVENTS",
        "error": "write error: write /data/x/jetstream/OTTIT/streams/EVENTS/msgs/4.blk: no space left on device",
    }],
}  # fmt: skip


def broker(answer: bytes | Exception) -> Client:
    """Return a broker that answers a request for its details so."""

    async def request(_: str, payload: bytes, timeout: float) -> SimpleNamespace:
        assert json.loads(payload) == {"details": True}
        if isinstance(answer, Exception):
            raise answer
        return SimpleNamespace(data=answer)

    return cast(Client, SimpleNamespace(request=request))


async def test_a_write_error_is_told_without_its_path() -> None:
    problem = await reported_problem(broker(json.dumps({"data": WRITE_ERROR}).encode()))
    assert problem == "EVENTS: write error: write its file: no space left on device"


async def test_a_healthy_broker_and_an_unreadable_report_are_told_apart() -> None:
    assert await reported_problem(broker(b'{"data": {"status": "ok"}}')) == ""
    assert await reported_problem(broker(b"?")) == UNREADABLE


async def test_a_broker_that_does_not_answer_is_an_error_of_the_connection() -> None:
    with pytest.raises(OSError, match="no responders"):
        await reported_problem(broker(NoRespondersError()))
