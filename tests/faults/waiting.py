"""Waits for conditions, with a time-out that only failing tests reach."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from nats.aio.client import Client
from nats.js.api import Header
from nats.js.errors import APIError

# Three minutes: processes restart several times, on two cores that other work may keep busy.
TIMEOUT_S = 180.0
POLL_EVERY_S = 0.03


async def wait_until(condition: Callable[[], Awaitable[bool]], what: str, timeout_s: float = TIMEOUT_S) -> None:
    """Poll a condition until it is true. `what` describes it.

    Raises:
        AssertionError: the condition was still false after `timeout_s` seconds.
    """
    deadline = asyncio.get_running_loop().time() + timeout_s
    while not await condition():
        assert asyncio.get_running_loop().time() < deadline, f"timed out waiting for: {what}"
        await asyncio.sleep(POLL_EVERY_S)


async def flush_to_broker(client: Client) -> None:
    """Wait until the broker has received all messages and subscriptions of this client.

    Flushes twice: the PING of the first flush can overtake messages that wait in the client.
    """
    await client.flush()
    await client.flush()


async def wait_until_stored(operator: Client, stream: str, subject: str) -> None:
    """Wait until a stream has stored all messages that the broker has received.

    The broker stores messages without acknowledgement a moment after it receives them, in order. So it answers this
    write, which it refuses, after storing the earlier messages.
    """
    with pytest.raises(APIError, match="wrong last sequence"):
        await operator.jetstream().publish(
            subject, b"", stream=stream, headers={Header.EXPECTED_LAST_SEQUENCE: str(2**62)}
        )
