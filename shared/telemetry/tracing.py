"""Traces of one process: W3C trace context, and export of spans to `SPANS` and, if configured, to OTLP."""

import asyncio
import base64
import re
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

# Users watch the timeline of the post they just sent: half a second feels immediate, and batches stay cheap.
EXPORT_EVERY_MS = 500
_context = TraceContextTextMapPropagator()
_TRACEPARENT = re.compile("[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


class SpanStream(SpanExporter):
    """Publishes each span as JSON on `telemetry.spans.<trace id>.<service>`; drops spans rather than waiting."""

    def __init__(self, broker: Client, loop: asyncio.AbstractEventLoop) -> None:
        self._broker = broker
        self._loop = loop

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Pass the spans to the event loop that owns the connection. The SDK calls this from its own thread."""
        if self._loop.is_closed():
            return SpanExportResult.FAILURE
        messages = [(span_subject(span), span_message(span)) for span in spans]
        asyncio.run_coroutine_threadsafe(self._publish(messages), self._loop)
        return SpanExportResult.SUCCESS

    async def _publish(self, messages: list[tuple[str, bytes]]) -> None:
        if not self._broker.is_connected:
            return  # spans are diagnostic and may be lost
        for subject, message in messages:
            await self._broker.publish(subject, message)


def span_subject(span: ReadableSpan) -> str:
    """Return the subject of a span. It ends with the service, which the broker checks."""
    service = span.resource.attributes.get("service.name")
    return f"telemetry.spans.{trace.format_trace_id(span.context.trace_id)}.{service}"


def span_message(span: ReadableSpan) -> bytes:
    """Return the span as JSON for the timeline, with times in nanoseconds since the epoch."""
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


def collector_exporter(settings: ServiceSettings) -> SpanExporter:
    """Return what sends spans to the collector, with the password if there is one."""
    # Imported here, because it loads requests and protobuf: 3 MB that a process without a collector saves.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    headers = None  # those of OTEL_EXPORTER_OTLP_HEADERS
    if password := settings.otlp_password.get_secret_value():
        headers = {"Authorization": f"Basic {base64.b64encode(f'ottit:{password}'.encode()).decode()}"}
    return OTLPSpanExporter(endpoint=f"{settings.otlp_endpoint.rstrip('/')}/v1/traces", headers=headers)


class Telemetry:
    """The tracer and the metrics of one process. `close` flushes pending spans."""

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
            self._collector = BatchSpanProcessor(collector_exporter(settings))
            self._provider.add_span_processor(self._collector)

    def export_external_span(self, message: bytes) -> None:
        """Send a span that another process measured to the collector, if there is one."""
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
        """Open a span named `<service> <name>`, as a child of the traceparent `parent` or else of the current span.

        Attributes may be ids, sizes, hashes and durations, but never text, keys or handles.
        """
        context = _context.extract({"traceparent": parent}) if parent else None
        with self._tracer.start_as_current_span(
            f"{self.service} {name}", context=context, kind=kind, attributes=attributes, record_exception=False
        ) as span:
            yield span

    @contextmanager
    def client_span(self, name: str, attributes: Mapping[str, AttributeValue]) -> Iterator[Span]:
        """Open a child span for a call to an external system. The name follows a convention, without the service."""
        with self._tracer.start_as_current_span(
            name, kind=SpanKind.CLIENT, attributes=attributes, record_exception=False
        ) as span:
            yield span

    async def close(self) -> None:
        """Flush and stop, in a thread: the exporter needs the event loop while it flushes."""
        await asyncio.to_thread(self._provider.shutdown)
        self.metrics.close()


@contextmanager
def unsampled_trace() -> Iterator[None]:
    """Give events and requests inside the block a trace id without recorded spans: for bulk work."""
    ids = RandomIdGenerator()
    unsampled = SpanContext(ids.generate_trace_id(), ids.generate_span_id(), False, TraceFlags(0))
    with trace.use_span(NonRecordingSpan(unsampled)):
        yield


def traceparent() -> str | None:
    """Return the current span as a W3C traceparent for an event, a request or an SSE message."""
    carrier: dict[str, str] = {}
    _context.inject(carrier)
    return carrier.get("traceparent")


def trace_id(parent: str | None) -> str | None:
    """Return the trace id in a traceparent, as 32 hexadecimal digits; None without one."""
    found = _TRACEPARENT.fullmatch(parent or "")
    return found[1] if found else None


def mark_failed(span: Span, reason: str) -> None:
    """Set the span's status to error, with the reason."""
    span.set_status(StatusCode.ERROR, reason)
