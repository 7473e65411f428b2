"""Traces and metrics of one process: W3C context in and out, spans to `SPANS` always and to OTLP where one is set."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import orjson
from nats.aio.client import Client
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from shared.settings import ServiceSettings
from shared.telemetry.external_spans import external_span
from shared.telemetry.metrics import Metrics

# A person watches the timeline of a post they have just sent: half a second is "now", and batches stay cheap.
EXPORT_EVERY_MS = 500
_context = TraceContextTextMapPropagator()


class SpanStream(SpanExporter):
    """Publishes every span as one JSON message on `telemetry.spans.<trace id>`; loses spans rather than waits."""

    def __init__(self, broker: Client, loop: asyncio.AbstractEventLoop) -> None:
        self._broker = broker
        self._loop = loop

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Hand the spans to the event loop that owns the connection; called from the SDK's own thread."""
        if self._loop.is_closed():
            return SpanExportResult.FAILURE
        messages = [(span_subject(span), span_message(span)) for span in spans]
        asyncio.run_coroutine_threadsafe(self._publish(messages), self._loop)
        return SpanExportResult.SUCCESS

    async def _publish(self, messages: list[tuple[str, bytes]]) -> None:
        if not self._broker.is_connected:
            return  # spans are for looking, not for keeping
        for subject, message in messages:
            await self._broker.publish(subject, message)


def span_subject(span: ReadableSpan) -> str:
    """One subject per trace id."""
    return f"telemetry.spans.{trace.format_trace_id(span.context.trace_id)}"


def span_message(span: ReadableSpan) -> bytes:
    """The span as the timeline shows it; times in nanoseconds since the epoch."""
    return orjson.dumps(
        {
            "name": span.name,
            "service": span.resource.attributes.get("service.name"),
            "trace_id": trace.format_trace_id(span.context.trace_id),
            "span_id": trace.format_span_id(span.context.span_id),
            "parent_span_id": trace.format_span_id(span.parent.span_id) if span.parent else None,
            "start_ns": span.start_time,
            "end_ns": span.end_time,
            "attributes": dict(span.attributes or {}),
            "status": span.status.status_code.name.lower(),
        }
    )


class Telemetry:
    """The tracer of one process. `close` flushes what waits."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(settings.trace_ratio)),
            resource=Resource.create({"service.name": settings.service, "service.namespace": "ottit"}),
            shutdown_on_exit=False,
        )
        self._tracer = self._provider.get_tracer("ottit")
        self.service = settings.service
        self.metrics = Metrics(settings.service)
        self._collector: BatchSpanProcessor | None = None
        if settings.otlp_endpoint:
            # Here, because it brings requests and protobuf: 3 MB in each process that nobody collects from.
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

            exporter = OTLPSpanExporter(endpoint=f"{settings.otlp_endpoint.rstrip('/')}/v1/traces")
            self._collector = BatchSpanProcessor(exporter)
            self._provider.add_span_processor(self._collector)

    def export_external_span(self, message: bytes) -> None:
        """Hand a span that was measured elsewhere to the collector, where there is one."""
        if self._collector:
            self._collector.on_end(external_span(orjson.loads(message)))

    def export_to(self, broker: Client) -> None:
        """Send spans to `SPANS` over this connection, from the running event loop."""
        exporter = SpanStream(broker, asyncio.get_running_loop())
        self._provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=EXPORT_EVERY_MS))

    @contextmanager
    def span(
        self,
        name: str,
        parent: str | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Mapping[str, AttributeValue] | None = None,
    ) -> Iterator[Span]:
        """A span named `<service> <name>`, below the given traceparent or else the current span.

        Attributes are ids, sizes, hashes and durations: never text, keys or handles.
        """
        above = _context.extract({"traceparent": parent}) if parent else None
        with self._tracer.start_as_current_span(
            f"{self.service} {name}", context=above, kind=kind, attributes=attributes, record_exception=False
        ) as span:
            yield span

    @contextmanager
    def client_span(self, name: str, attributes: Mapping[str, AttributeValue]) -> Iterator[Span]:
        """A span below the current one, of a call to somebody outside of the house; the name is a convention's."""
        with self._tracer.start_as_current_span(
            name, kind=SpanKind.CLIENT, attributes=attributes, record_exception=False
        ) as span:
            yield span

    async def close(self) -> None:
        """Flush and stop; the exporter needs the event loop while it flushes."""
        await asyncio.to_thread(self._provider.shutdown)
        self.metrics.close()


@contextmanager
def unsampled_trace() -> Iterator[None]:
    """Below this, events and requests carry a trace id whose spans nobody records: for work in bulk."""
    chance = RandomIdGenerator()
    nowhere = SpanContext(chance.generate_trace_id(), chance.generate_span_id(), False, TraceFlags(0))
    with trace.use_span(NonRecordingSpan(nowhere)):
        yield


def traceparent() -> str | None:
    """The current span as a W3C traceparent, to be put into an event, a request or an SSE message."""
    carrier: dict[str, str] = {}
    _context.inject(carrier)
    return carrier.get("traceparent")


def trace_id(parent: str | None) -> str | None:
    """The trace id in a traceparent, as 32 hexadecimal digits."""
    return parent.split("-")[1] if parent else None


def mark_failed(span: Span, reason: str) -> None:
    """Make the failure visible on the span."""
    span.set_status(StatusCode.ERROR, reason)
