"""A reader that is cancelled ends, also if the broker answers at this very moment."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.log.stored_messages import Batch, read_batch


class AnsweringBroker:
    """Lets the test answer the one request."""

    is_connected = True

    def __init__(self) -> None:
        self.stats = {"reconnects": 0}
        self.asked = asyncio.Event()
        self.answer: Any = None

    def new_inbox(self) -> str:
        return "inbox"

    async def subscribe(self, subject: str, *, cb: Any, **_: Any) -> Any:
        self.answer = cb

        async def unsubscribe() -> None:
            return None

        return SimpleNamespace(unsubscribe=unsubscribe)

    async def publish(self, *_: Any, **__: Any) -> None:
        self.asked.set()


@pytest.mark.parametrize("rounds", range(4))
async def test_a_cancellation_is_not_lost_in_an_answer(rounds: int) -> None:
    broker = AnsweringBroker()
    reading: asyncio.Task[Batch] = asyncio.create_task(read_batch(cast(Client, broker), "EVENTS", 0))
    await broker.asked.wait()
    await asyncio.sleep(0.01)  # the reader waits for the end of the answer
    await broker.answer(Msg(_client=cast(Client, broker), headers={"Status": "204"}))
    for _ in range(rounds):
        await asyncio.sleep(0)  # the answer is on its way through the event loop
    was_done = reading.done()
    reading.cancel()
    if was_done:
        assert await reading == Batch()
    else:
        with pytest.raises(asyncio.CancelledError):
            await reading
