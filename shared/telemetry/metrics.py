"""Every number that operators watch, declared once: instruments, the list in the docs and the dashboards' test follow.

Names are OpenTelemetry's (https://opentelemetry.io/docs/specs/semconv/general/metrics/); Prometheus sees them with
underscores, the unit and, for counters, `_total`. Labels are names from our own code: never ids, handles or text.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Literal

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import Counter, Histogram
from opentelemetry.metrics import _Gauge as Gauge
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource

Labels = Mapping[str, str]
# From a cached read to a time-out of a provider; 25, 60 and 200 ms are the aims of feed, search and decision.
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.06, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


@dataclass(frozen=True)
class Metric:
    """One declared metric. `labels` are all that it may carry."""

    name: str
    kind: Literal["counter", "histogram", "gauge"]
    unit: str
    help: str
    labels: tuple[str, ...] = ()

    @property
    def exposed(self) -> str:
        """Its name in Prometheus's text."""
        unit = "_seconds" if self.unit == "s" else ""
        return f"{self.name.replace('.', '_')}{unit}{'_total' if self.kind == 'counter' else ''}"


HTTP = Metric("http.server.request.duration", "histogram", "s", "requests by route and status",
              ("http.request.method", "http.route", "http.response.status_code"))  # fmt: skip
HANDLED = Metric("ottit.handler.duration", "histogram", "s", "messages handled", ("handler", "outcome"))
WAITED = Metric("ottit.handler.wait", "histogram", "s", "from a fact to the start of its handling", ("handler",))
ANSWERED = Metric("ottit.answer.duration", "histogram", "s", "questions between services", ("question", "outcome"))
LAG = Metric("ottit.consumer.lag", "gauge", "{message}", "messages that wait for a durable consumer", ("durable",))
OLDEST = Metric("ottit.consumer.oldest", "gauge", "s", "age of the oldest message that waits", ("durable",))
VIEW_LAG = Metric("ottit.view.lag", "gauge", "{message}", "messages that a view has not folded yet", ("stream",))
DECIDED = Metric("ottit.decision.latency", "histogram", "s", "from submission to decision", ("outcome", "engine"))
DEAD_LETTERS_WRITTEN = Metric("ottit.dead_letters.written", "counter", "{message}", "messages given up", ("handler",))
DEAD = Metric("ottit.dead_letters.waiting", "gauge", "{message}", "dead letters that nobody has looked after")
DRIFT = Metric("ottit.drift", "gauge", "1", "previews against decisions in the last day", ("measure",))
BUDGET = Metric("ottit.provider.budget.used", "gauge", "1", "share of the provider's budget that today has used")
PROVIDER = Metric("ottit.provider.requests", "counter", "{request}", "requests to an AI provider", ("outcome",))

METRICS: tuple[Metric, ...] = (
    HTTP, HANDLED, WAITED, ANSWERED, LAG, OLDEST, VIEW_LAG, DECIDED, DEAD_LETTERS_WRITTEN, DEAD, DRIFT, BUDGET,
    PROVIDER,
)  # fmt: skip


class Metrics:
    """The instruments of one process. What nobody has recorded yet is not exposed."""

    def __init__(self, service: str) -> None:
        self._provider = MeterProvider(
            metric_readers=[PrometheusMetricReader(disable_target_info=True)],
            resource=Resource.create({"service.name": service, "service.namespace": "ottit"}),
            shutdown_on_exit=False,
        )
        meter = self._provider.get_meter("ottit")
        self._counters: dict[str, Counter] = {}
        self._histograms: dict[str, Histogram] = {}
        self._gauges: dict[str, Gauge] = {}
        for metric in METRICS:
            match metric.kind:
                case "counter":
                    self._counters[metric.name] = meter.create_counter(metric.name, metric.unit, metric.help)
                case "histogram":
                    self._histograms[metric.name] = meter.create_histogram(
                        metric.name, metric.unit, metric.help, explicit_bucket_boundaries_advisory=SECONDS
                    )
                case "gauge":
                    self._gauges[metric.name] = meter.create_gauge(metric.name, metric.unit, metric.help)

    def count(self, metric: Metric, labels: Labels | None = None) -> None:
        """One more of a counter."""
        self._counters[metric.name].add(1, labels)

    def observe(self, metric: Metric, seconds: float, labels: Labels | None = None) -> None:
        """One duration of a histogram."""
        self._histograms[metric.name].record(seconds, labels)

    def set(self, metric: Metric, value: float, labels: Labels | None = None) -> None:
        """The present value of a gauge."""
        self._gauges[metric.name].set(value, labels)

    @contextmanager
    def timed(self, metric: Metric, labels: dict[str, str]) -> Iterator[dict[str, str]]:
        """Observe how long the block takes; it may change the labels until it ends."""
        started = perf_counter()
        try:
            yield labels
        finally:
            self.observe(metric, perf_counter() - started, labels)

    def close(self) -> None:
        """Let go of the exporter's registration."""
        self._provider.shutdown()
