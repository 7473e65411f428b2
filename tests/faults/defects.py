"""Defects that services do not have, for negative controls: each loses or doubles something now and then.

A checker that does not notice such a service would not notice a real fault either.
"""

import itertools
from collections.abc import Callable
from typing import Any

from nats.aio.msg import Msg

from shared.log.append import Appended, Log
from shared.log.events import Event
from shared.log.handler_runner import HandlerRunner
from shared.log.signals import SignalKind

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
    """Acknowledge a fact whose handler never ran."""
    original, passed = HandlerRunner.handle, itertools.count(1)

    async def handle(self: HandlerRunner, message: Msg) -> None:
        if next(passed) % nth == 0:
            await message.ack()
        else:
            await original(self, message)

    HandlerRunner.handle = handle  # type: ignore[method-assign]


def _forget_vector(nth: int) -> None:
    """Report a vector as stored without storing it."""
    from services.embeddings.adapters import EdgeIndex

    original, passed = EdgeIndex.upsert, itertools.count(1)

    async def upsert(self: EdgeIndex, points: Any) -> frozenset[str]:
        if next(passed) % nth == 0:
            return frozenset(point.post_id for point in points)
        return await original(self, points)

    EdgeIndex.upsert = upsert  # type: ignore[method-assign]


def _lose_signal(nth: int) -> None:
    """Answer that a vote is stored, without storing it."""
    from services.gateway.posts.signal_commands import SignalCommands

    original, passed = SignalCommands.send, itertools.count(1)

    async def send(
        self: SignalCommands, kind: SignalKind, post_id: str, user_id: str, value: int, **weight: int
    ) -> int:
        return 1 if next(passed) % nth == 0 else await original(self, kind, post_id, user_id, value, **weight)

    SignalCommands.send = send  # type: ignore[method-assign]


DEFECTS: dict[str, Patch] = {
    "confirm_without_writing": _confirm_without_writing,
    "append_twice": _append_twice,
    "acknowledge_without_work": _acknowledge_without_work,
    "forget_vector": _forget_vector,
    "lose_signal": _lose_signal,
}
