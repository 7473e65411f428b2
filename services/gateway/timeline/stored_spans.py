"""Reads the spans of a trace: all spans are stored for a day, and some are retained longer."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from nats.aio.client import Client
from nats.errors import Error as BrokerError
from nats.js.errors import NotFoundError
from pydantic import ValidationError

from services.gateway.timeline.schemas import TimelineSpan
from shared.security.permissions import SERVICES

# A post's trace has about 15 spans, and redeliveries add a few. Each sender has room of its own: anybody can send spans
# of a browser, and they must not push those of the services out of the timeline.
SENDERS = (*SERVICES, "browser")
MOST_OF_A_SENDER = 32
MAX_TRACES = 8


@dataclass(frozen=True)
class SpanStream:
    """A stream of spans. `by_service`: the last word of a subject is the sender, after that of the trace."""

    stream: str
    prefix: str
    by_service: bool

    def subjects(self, trace_id: str) -> dict[str, int]:
        """Return the subjects of a trace's spans, each with the number of spans that are read."""
        if self.by_service:
            return {f"{self.prefix}.{trace_id}.{sender}": MOST_OF_A_SENDER for sender in SENDERS}
        return {f"{self.prefix}.{trace_id}": MOST_OF_A_SENDER * len(SENDERS)}

    def parse(self, subject: str, stored: bytes) -> TimelineSpan:
        """Return a stored span. The broker has checked the service in its subject, so that one counts.

        Raises:
            ValidationError: the message is no span.
        """
        span = TimelineSpan.model_validate_json(stored)
        return span.model_copy(update={"service": subject.rpartition(".")[2]}) if self.by_service else span


SPANS = SpanStream("SPANS", "telemetry.spans", by_service=True)
RETAINED = SpanStream("KEPT_SPANS", "telemetry.kept", by_service=False)


async def spans_of(broker: Client, trace_ids: Iterable[str]) -> list[TimelineSpan]:
    """Return the stored spans of the traces by start; none if they have expired or the broker does not answer."""
    spans: dict[tuple[str, str], TimelineSpan] = {}
    for trace_id in list(dict.fromkeys(trace_ids))[:MAX_TRACES]:
        for source in (RETAINED, SPANS):
            try:
                found = await stored_spans(broker, source, trace_id)
            except BrokerError:
                continue
            spans |= {(span.service, span.span_id): span for span in found}
    return sorted(spans.values(), key=lambda span: span.start_ns)


async def stored_spans(broker: Client, source: SpanStream, trace_id: str) -> list[TimelineSpan]:
    """Return the spans of one trace in one stream by sender, in the order of their arrival.

    Raises:
        BrokerError: the broker does not answer.
    """
    found: list[TimelineSpan] = []
    for subject, limit in source.subjects(trace_id).items():
        found += await _spans_on(broker, source, subject, limit)
    return found


async def _spans_on(broker: Client, source: SpanStream, subject: str, limit: int) -> list[TimelineSpan]:
    stream = broker.jetstream(timeout=2)
    found: list[TimelineSpan] = []
    sequence = 1
    for _ in range(limit):
        try:
            message = await stream.get_msg(source.stream, seq=sequence, subject=subject, direct=True, next=True)
        except NotFoundError:
            break
        with suppress(ValidationError):  # spans are diagnostic: a damaged one is left out
            found.append(source.parse(message.subject or "", message.data or b""))
        sequence = (message.seq or sequence) + 1
    return found
