"""Defects that services do not have, for negative controls: each loses or doubles something now and then.

A checker that does not notice such a service would not notice a real fault either.
"""

import itertools
from collections.abc import Awaitable, Callable
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.log.append import Appended, Log
from shared.log.events import Event

Patch = Callable[[int], None]


def arm(defect: str, nth: int) -> None:
    """Give this process a defect that shows at every n-th opportunity."""
    DEFECTS[defect](nth)


def _confirm_without_writing(nth: int) -> None:
    """Answer that a submission is stored, without storing it."""
    original, passed = Log.append, itertools.count(1)

    async def append(self: Log, event: Event, *, after: int) -> Appended:
        if event.type == "post.submitted" and next(passed) % nth == 0:
            return Appended(1)
        return await original(self, event, after=after)

    Log.append = append  # type: ignore[method-assign]


def _append_twice(nth: int) -> None:
    """Store a fact twice: the copy skips the check of the expected sequence."""
    original, passed = Log.append, itertools.count(1)

    async def append(self: Log, event: Event, *, after: int) -> Appended:
        appended = await original(self, event, after=after)
        if next(passed) % nth == 0:
            copy = event.model_copy(update={"event_id": f"{event.event_id}-again"})
            await self._stream.publish(event.subject, copy.encode(), stream="EVENTS")
        return appended

    Log.append = append  # type: ignore[method-assign]


def _acknowledge_without_work(nth: int) -> None:
    """Acknowledge a message before its handler, which then never runs."""
    from shared.log import handler_runner

    original: Callable[..., Awaitable[Any]] = handler_runner.run_handler
    passed = itertools.count(1)

    async def run_handler(message: Msg, *args: Any, **kwargs: Any) -> Any:
        if next(passed) % nth == 0:
            return await message.ack()
        return await original(message, *args, **kwargs)

    handler_runner.run_handler = run_handler


def _forget_vector(nth: int) -> None:
    """Report a vector as stored without storing it."""
    from services.embeddings.adapters import EdgeIndex

    original, passed = EdgeIndex.upsert, itertools.count(1)

    async def upsert(self: EdgeIndex, points: Any) -> frozenset[str]:
        if next(passed) % nth == 0:
            return frozenset()
        return await original(self, points)

    EdgeIndex.upsert = upsert  # type: ignore[method-assign]


def _lose_signal(nth: int) -> None:
    """Answer that a vote is stored, without storing it."""
    from services.gateway.posts.signal_commands import SignalCommands

    original, passed = SignalCommands.send, itertools.count(1)

    async def send(self: SignalCommands, *args: Any) -> int:
        return 1 if next(passed) % nth == 0 else await original(self, *args)

    SignalCommands.send = send  # type: ignore[method-assign]


def _lose_publishes(nth: int) -> None:
    """Drop a message that the client has handed over, as a broken connection or proxy would, and confirm it."""
    original, passed = Client._send_publish, itertools.count(1)

    async def send_publish(self: Client, subject: str, *args: Any) -> None:
        if subject.startswith("events.post.submitted") and next(passed) % nth == 0:
            return
        await original(self, subject, *args)

    Client._send_publish = send_publish  # type: ignore[method-assign]


DEFECTS: dict[str, Patch] = {
    "confirm_without_writing": _confirm_without_writing,
    "append_twice": _append_twice,
    "acknowledge_without_work": _acknowledge_without_work,
    "forget_vector": _forget_vector,
    "lose_signal": _lose_signal,
}
