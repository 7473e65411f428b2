"""The spans of a post, read back from where all are for a day, and from where some are kept longer."""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson
from nats.aio.client import Client
from nats.errors import Error as BrokerError
from nats.js.errors import NotFoundError

from services.gateway.feed.schemas import TimelineSpan

# A post's trace has about 15 spans; redeliveries add a few. More than this is not a timeline any more.
MAX_SPANS = 200
MAX_TRACES = 8


@dataclass(frozen=True)
class Shelf:
    """A stream of spans, one subject a trace."""

    stream: str
    prefix: str

    def subject(self, trace_id: str) -> str:
        """Where a trace's spans are."""
        return f"{self.prefix}.{trace_id}"


SPANS, KEPT = Shelf("SPANS", "telemetry.spans"), Shelf("KEPT_SPANS", "telemetry.kept")


async def spans_of(broker: Client, trace_ids: Iterable[str]) -> list[TimelineSpan]:
    """All stored spans of the traces, by start; empty when they are too old or the broker does not answer."""
    spans: dict[str, TimelineSpan] = {}
    for trace_id in list(dict.fromkeys(trace_ids))[:MAX_TRACES]:
        for shelf in (KEPT, SPANS):
            try:
                found = await stored_spans(broker, shelf, trace_id, MAX_SPANS - len(spans))
            except BrokerError:
                continue
            spans |= {span.span_id: span for span in found}
    return sorted(spans.values(), key=lambda span: span.start_ns)


async def stored_spans(broker: Client, shelf: Shelf, trace_id: str, limit: int = MAX_SPANS) -> list[TimelineSpan]:
    """The spans of one trace on one shelf, in the order in which they came.

    Raises:
        BrokerError: the broker does not answer.
    """
    stream = broker.jetstream(timeout=2)
    found: list[TimelineSpan] = []
    sequence = 1
    while len(found) < limit:
        try:
            message = await stream.get_msg(
                shelf.stream, seq=sequence, subject=shelf.subject(trace_id), direct=True, next=True
            )
        except NotFoundError:
            break
        found.append(TimelineSpan.model_validate(orjson.loads(message.data or b"{}")))
        sequence = (message.seq or sequence) + 1
    return found
