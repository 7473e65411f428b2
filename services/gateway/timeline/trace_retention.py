"""Retains the traces of held and rejected posts beyond the day for which other traces are stored.

Such a post can be appealed for two weeks, and its trace helps to review it. Each span is copied only once, whichever
gateway is first, because the broker deduplicates by the span's id.
"""

import asyncio
import logging
from collections.abc import Callable

from nats.aio.client import Client
from nats.errors import Error as BrokerError

from services.gateway.timeline.stored_spans import RETAINED, SPANS, stored_spans
from services.gateway.view.change_notifications import Change, Decided
from services.gateway.view.view import View
from shared.tasks import cancel_and_wait
from shared.telemetry.tracing import trace_id

logger = logging.getLogger(__name__)
# The browser's spans arrive last, in batches; a slow phone needs some seconds.
SETTLES_AFTER_S = 10.0
# After a wave of held posts, a few traces are copied at a time, so that requests of users come first.
AT_ONCE = 4


class TraceRetention:
    """Copies the spans of held and rejected posts from `SPANS` to `KEPT_SPANS`."""

    def __init__(self, broker: Client, view: View, settles_after_s: float = SETTLES_AFTER_S) -> None:
        self._broker = broker
        self._settles_after_s = settles_after_s
        self._limit = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._unsubscribe: Callable[[], None] = view.subscribe(self._note)

    async def close(self) -> None:
        """Stop. Traces that wait are lost, which is acceptable for spans."""
        self._unsubscribe()
        await cancel_and_wait(*self._tasks)

    def _note(self, change: Change) -> None:
        if isinstance(change, Decided) and change.outcome != "published" and (trace := trace_id(change.traceparent)):
            task = asyncio.create_task(self._retain(trace))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _retain(self, trace: str) -> None:
        await asyncio.sleep(self._settles_after_s)
        async with self._limit:
            try:
                stream = self._broker.jetstream(timeout=2)
                (subject,) = RETAINED.subjects(trace)
                for span in await stored_spans(self._broker, SPANS, trace):
                    headers = {"Nats-Msg-Id": f"{trace}:{span.service}:{span.span_id}"}
                    await stream.publish(
                        subject,
                        span.model_dump_json().encode(),
                        stream=RETAINED.stream,
                        headers=headers,
                    )
            except BrokerError as error:
                logger.warning("a trace was not retained", extra={"trace": trace, "error": type(error).__name__})
