"""The tail rule: traces of decisions that can be disputed, or whose check failed, outlive the day that others last.

A text that was held or rejected may be appealed for two weeks, and whoever looks into it wants to see what happened.
Each span is copied once, whatever gateway is first: the broker knows it by its id.
"""

import asyncio
import logging
from collections.abc import Callable

from nats.aio.client import Client
from nats.errors import Error as BrokerError

from services.gateway.stream.changes import Change, Decided
from services.gateway.timeline.queries import KEPT, SPANS, stored_spans
from services.gateway.view.view import View
from shared.tasks import cancel_and_wait
from shared.telemetry.tracing import trace_id

logger = logging.getLogger(__name__)
# The browser's spans come last, in batches; a slow phone needs some seconds.
SETTLES_AFTER_S = 10.0
# A wave of held posts copies a few traces at a time, so that people's requests come first.
AT_ONCE = 4


class TraceRetention:
    """Listens to decisions and copies their spans from `SPANS` to `KEPT_SPANS`."""

    def __init__(self, broker: Client, view: View, settles_after_s: float = SETTLES_AFTER_S) -> None:
        self._broker = broker
        self._settles_after_s = settles_after_s
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._stop: Callable[[], None] = view.subscribe(self._note)

    async def close(self) -> None:
        """Copy no more; what waits is lost, as spans may be."""
        self._stop()
        await cancel_and_wait(*self._tasks)

    def _note(self, change: Change) -> None:
        if isinstance(change, Decided) and change.outcome != "published" and (trace := trace_id(change.traceparent)):
            task = asyncio.create_task(self._keep(trace))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _keep(self, trace: str) -> None:
        await asyncio.sleep(self._settles_after_s)
        async with self._turn:
            try:
                stream = self._broker.jetstream(timeout=2)
                for span in await stored_spans(self._broker, SPANS, trace):
                    headers = {"Nats-Msg-Id": f"{trace}:{span.span_id}"}
                    await stream.publish(
                        KEPT.subject(trace), span.model_dump_json().encode(), stream=KEPT.stream, headers=headers
                    )
            except BrokerError as error:
                logger.warning("a trace was not kept", extra={"trace": trace, "error": type(error).__name__})
