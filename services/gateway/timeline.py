"""The spans of a post, read back from `SPANS`."""

from collections.abc import Iterable

import orjson
from nats.aio.client import Client
from nats.errors import Error as BrokerError
from nats.js.errors import Error as StreamError
from nats.js.errors import NotFoundError

from services.gateway.schemas import TimelineSpan

# A post's trace has about 15 spans; redeliveries add a few. More than this is not a timeline any more.
MAX_SPANS = 200
MAX_TRACES = 8


async def spans_of(broker: Client, trace_ids: Iterable[str]) -> list[TimelineSpan]:
    """All stored spans of the traces, by start; empty when they are too old or the broker does not answer."""
    spans: list[TimelineSpan] = []
    for trace_id in list(dict.fromkeys(trace_ids))[:MAX_TRACES]:
        try:
            spans += await _trace(broker, trace_id, MAX_SPANS - len(spans))
        except (BrokerError, StreamError):
            break
    return sorted(spans, key=lambda span: span.start_ns)


async def _trace(broker: Client, trace_id: str, limit: int) -> list[TimelineSpan]:
    stream = broker.jetstream(timeout=2)
    found: list[TimelineSpan] = []
    sequence = 1
    while len(found) < limit:
        try:
            message = await stream.get_msg(
                "SPANS", seq=sequence, subject=f"telemetry.spans.{trace_id}", direct=True, next=True
            )
        except NotFoundError:
            break
        found.append(TimelineSpan.model_validate(orjson.loads(message.data or b"{}")))
        sequence = (message.seq or sequence) + 1
    return found
