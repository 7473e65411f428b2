"""All metrics, declared once: instruments, documentation and dashboard checks are derived from these declarations.

Names follow OpenTelemetry (https://opentelemetry.io/docs/specs/semconv/general/metrics/); in Prometheus they have
underscores, the unit and, for counters, `_total`. Label values are names from the code: never ids, handles or text.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Literal

from nats.errors import Error as BrokerError
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import Counter, Histogram
from opentelemetry.metrics import _Gauge as GaugeInstrument
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource

logger = logging.getLogger(__name__)

Labels = Mapping[str, str]
# From a cached read to a provider's time-out; 25, 60 and 200 ms are the targets of feed, search and decision.
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.06, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


@dataclass(frozen=True)
class Metric:
    """The declaration of one metric. `labels` lists all its labels."""

    name: str
    kind: Literal["counter", "histogram", "gauge"]
    unit: str
    help: str
    labels: tuple[str, ...] = ()

    @property
    def prometheus_name(self) -> str:
        """The name in Prometheus's text format."""
        unit = "_seconds" if self.unit == "s" else ""
        return f"{self.name.replace('.', '_')}{unit}{'_total' if self.kind == 'counter' else ''}"


# fmt: off
HTTP_DURATION = Metric("http.server.request.duration", "histogram", "s", "HTTP requests by route and status",
                       ("http.request.method", "http.route", "http.response.status_code"))
HANDLER_DURATION = Metric("ottit.handler.duration", "histogram", "s", "handling one message", ("handler", "outcome"))
HANDLER_WAIT = Metric("ottit.handler.wait", "histogram", "s", "from a fact to the start of its handling", ("handler",))
REPLY_DURATION = Metric("ottit.answer.duration", "histogram", "s", "answering a request of another service",
                        ("question", "outcome"))
CONSUMER_LAG = Metric("ottit.consumer.lag", "gauge", "{message}", "messages that wait for a durable consumer",
                      ("durable",))
CONSUMER_OLDEST = Metric("ottit.consumer.oldest", "gauge", "s", "age of the oldest waiting message", ("durable",))
VIEW_LAG = Metric("ottit.view.lag", "gauge", "{message}", "messages that a view has not folded yet", ("stream",))
DECISION_LATENCY = Metric("ottit.decision.latency", "histogram", "s", "from submission to decision",
                          ("outcome", "engine"))
UNJUDGED_POSTS = Metric("ottit.decision.unjudged", "counter", "{decision}",
                        "decisions on texts with a substantial part in a language that no engine judges", ("language",))
DEAD_LETTERS_WRITTEN = Metric("ottit.dead_letters.written", "counter", "{message}", "dead letters written",
                              ("handler",))
DEAD_LETTERS_WAITING = Metric("ottit.dead_letters.waiting", "gauge", "{message}",
                              "dead letters that wait for an operator")
LOSSES = Metric("ottit.losses", "gauge", "1", "1 while a stream or bucket has lost messages that nobody has accepted",
                ("stream",))
INDEX_REPAIRS = Metric("ottit.index.repairs", "counter", "{post}",
                       "posts whose entry in the search index differed from the log", ("difference",))
UNDECIDED_FOUND = Metric("ottit.undecided.found", "counter", "{post}",
                         "posts without a decision that the broker would not have delivered any more")
DRIFT = Metric("ottit.drift", "gauge", "1", "previews compared with decisions, over the last day", ("measure",))
PROVIDER_BUDGET_USED = Metric("ottit.provider.budget.used", "gauge", "1", "used share of the provider's daily budget")
PROVIDER_REQUESTS = Metric("ottit.provider.requests", "counter", "{request}", "requests to an AI provider",
                           ("outcome",))
# fmt: on

METRICS: tuple[Metric, ...] = (
    HTTP_DURATION,
    HANDLER_DURATION,
    HANDLER_WAIT,
    REPLY_DURATION,
    CONSUMER_LAG,
    CONSUMER_OLDEST,
    VIEW_LAG,
    DECISION_LATENCY,
    UNJUDGED_POSTS,
    DEAD_LETTERS_WRITTEN,
    DEAD_LETTERS_WAITING,
    LOSSES,
    UNDECIDED_FOUND,
    INDEX_REPAIRS,
    DRIFT,
    PROVIDER_BUDGET_USED,
    PROVIDER_REQUESTS,
)


class Metrics:
    """The instruments of one process. A metric without a recorded value is not exposed."""

    def __init__(self, service: str) -> None:
        self._provider = MeterProvider(
            metric_readers=[PrometheusMetricReader(disable_target_info=True)],
            resource=Resource.create({"service.name": service, "service.namespace": "ottit"}),
            shutdown_on_exit=False,
        )
        meter = self._provider.get_meter("ottit")
        self._counters: dict[str, Counter] = {}
        self._histograms: dict[str, Histogram] = {}
        self._gauges: dict[str, GaugeInstrument] = {}
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

    def count(self, metric: Metric, labels: Labels | None = None, amount: int = 1) -> None:
        """Increase a counter."""
        self._counters[metric.name].add(amount, labels)

    def observe(self, metric: Metric, seconds: float, labels: Labels | None = None) -> None:
        """Record a duration in a histogram."""
        self._histograms[metric.name].record(seconds, labels)

    def set(self, metric: Metric, value: float, labels: Labels | None = None) -> None:
        """Set the value of a gauge."""
        self._gauges[metric.name].set(value, labels)

    @contextmanager
    def timed(self, metric: Metric, labels: dict[str, str]) -> Iterator[dict[str, str]]:
        """Record the duration of the block, which may change the labels until it ends."""
        started = perf_counter()
        try:
            yield labels
        finally:
            self.observe(metric, perf_counter() - started, labels)

    def close(self) -> None:
        """Unregister the exporter."""
        self._provider.shutdown()


Reading = tuple[Metric, float, Labels]
Gauge = Callable[[], Awaitable[Iterable[Reading]]]


class Gauges:
    """Reads gauges on demand, when the metrics are scraped."""

    def __init__(self, metrics: Metrics, *gauges: Gauge) -> None:
        self._metrics = metrics
        self._gauges = gauges

    async def read(self) -> None:
        """Read all gauges. A gauge that cannot be read keeps its last value."""
        for outcome in await asyncio.gather(*(gauge() for gauge in self._gauges), return_exceptions=True):
            if isinstance(outcome, BrokerError | OSError):
                logger.warning("a gauge could not be read", extra={"error": type(outcome).__name__})
            elif isinstance(outcome, BaseException):
                raise outcome
            else:
                for metric, value, labels in outcome:
                    self._metrics.set(metric, value, labels)
