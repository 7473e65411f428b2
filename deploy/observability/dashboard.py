"""`python -m deploy.observability.dashboard > deploy/observability/dashboard.json`: the dashboard for Grafana.

Panels refer to the declarations in `shared/telemetry/metrics.py`, so every metric exists.
"""

import json
from dataclasses import dataclass
from typing import Any

from shared.telemetry.metrics import (
    CONSUMER_LAG,
    CONSUMER_OLDEST,
    DEAD_LETTERS_WAITING,
    DEAD_LETTERS_WRITTEN,
    DECISION_LATENCY,
    DRIFT,
    HANDLER_DURATION,
    HANDLER_WAIT,
    HTTP_DURATION,
    INDEX_REPAIRS,
    LOSSES,
    PROVIDER_BUDGET_USED,
    PROVIDER_REQUESTS,
    REPLY_DURATION,
    UNDECIDED_FOUND,
    UNJUDGED_POSTS,
    VIEW_LAG,
    Metric,
)

# Grafana's grid is 24 wide: three panels in a row.
WIDTH, HEIGHT, ACROSS = 8, 8, 3


@dataclass(frozen=True)
class Panel:
    """One graph. `description` explains what a change of the line means."""

    title: str
    description: str
    unit: str
    queries: tuple[tuple[str, str], ...]


def rate(metric: Metric, by: str, only: str = "") -> str:
    """Return the query for a rate per second, by a label."""
    counted = metric.prometheus_name if metric.kind == "counter" else f"{metric.prometheus_name}_count"
    return f"sum by ({by}) (rate({counted}{{{only}}}[$__rate_interval]))"


def quantile(metric: Metric, share: float, by: str) -> str:
    """Return the query for a quantile of a histogram, by a label."""
    buckets = f"sum by (le, {by}) (rate({metric.prometheus_name}_bucket[$__rate_interval]))"
    return f"histogram_quantile({share}, {buckets})"


PANELS = (
    Panel("Requests", "per second, by route", "reqps", ((rate(HTTP_DURATION, "http_route"), "{{http_route}}"),)),
    Panel("Failures", "responses with status 500 and above, per second; should be zero", "reqps",
          ((rate(HTTP_DURATION, "http_route", 'http_response_status_code=~"5.."'), "{{http_route}}"),)),
    Panel("Slowest requests", "95% of requests are faster", "s",
          ((quantile(HTTP_DURATION, 0.95, "http_route"), "{{http_route}}"),)),
    Panel("Decisions", "from submission to decision; 95% are faster", "s",
          ((quantile(DECISION_LATENCY, 0.95, "outcome"), "{{outcome}}"),
           (quantile(DECISION_LATENCY, 0.5, "engine"), "median, {{engine}}"))),
    Panel("Outcomes", "decisions per second", "reqps", ((rate(DECISION_LATENCY, "outcome"), "{{outcome}}"),)),
    Panel("Not judged", "decisions per second on texts in a language that no engine judges", "reqps",
          ((rate(UNJUDGED_POSTS, "language"), "{{language}}"),)),
    Panel("Waiting messages", "if it grows, handlers are slower than users write", "short",
          ((f"max by (durable) ({CONSUMER_LAG.prometheus_name})", "{{durable}}"),)),
    Panel("Age of the oldest", "how long the next message has waited", "s",
          ((f"max by (durable) ({CONSUMER_OLDEST.prometheus_name})", "{{durable}}"),)),
    Panel("Wait before handling", "95% waited less", "s", ((quantile(HANDLER_WAIT, 0.95, "handler"), "{{handler}}"),)),
    Panel("Handlers", "messages per second, by outcome", "reqps",
          ((rate(HANDLER_DURATION, "handler, outcome"), "{{handler}} {{outcome}}"),)),
    Panel("Time in handlers", "95% are faster", "s", ((quantile(HANDLER_DURATION, 0.95, "handler"), "{{handler}}"),)),
    Panel("Requests between services", "95% are answered faster", "s",
          ((quantile(REPLY_DURATION, 0.95, "question"), "{{question}}"),)),
    Panel("Views behind the log", "messages that a view has not processed yet", "short",
          ((f"max by (stream, instance) ({VIEW_LAG.prometheus_name})", "{{instance}} {{stream}}"),)),
    Panel("Index repairs", "posts per second whose entry in the search index differed from the log", "short",
          ((rate(INDEX_REPAIRS, "difference"), "{{difference}}"),)),
    Panel("Dead letters", "waiting for an operator: ottit dead-letters list", "short",
          ((f"max({DEAD_LETTERS_WAITING.prometheus_name})", "waiting"),
           (rate(DEAD_LETTERS_WRITTEN, "handler"), "{{handler}}, per second"))),
    Panel("Losses", "streams that have lost messages, and posts that the broker had forgotten; should be zero", "short",
          ((f"max by (stream) ({LOSSES.prometheus_name})", "{{stream}}"),
           (f"sum(increase({UNDECIDED_FOUND.prometheus_name}[1h]))", "posts"))),
    Panel("Previews against decisions", "shares of the last day; keep false reassurance low", "percentunit",
          ((f"max by (measure) ({DRIFT.prometheus_name})", "{{measure}}"),)),
    Panel("Provider", "requests per second, and the used share of today's budget", "short",
          ((rate(PROVIDER_REQUESTS, "outcome"), "{{outcome}}"),
           (f"max({PROVIDER_BUDGET_USED.prometheus_name})", "budget used"))),
)  # fmt: skip


def dashboard() -> dict[str, Any]:
    """Return the dashboard in Grafana's format."""
    return {
        "uid": "ottit",
        "title": "Ottit",
        "schemaVersion": 39,
        "editable": True,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {
            "list": [{"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}]
        },
        "panels": [_panel(place, panel) for place, panel in enumerate(PANELS)],
    }


def _panel(place: int, panel: Panel) -> dict[str, Any]:
    source = {"type": "prometheus", "uid": "${source}"}
    return {
        "id": place + 1,
        "type": "timeseries",
        "title": panel.title,
        "description": panel.description,
        "datasource": source,
        "gridPos": {"x": place % ACROSS * WIDTH, "y": place // ACROSS * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + number), "datasource": source, "expr": expression, "legendFormat": legend}
            for number, (expression, legend) in enumerate(panel.queries)
        ],
    }


def as_text() -> str:
    """Return the content of the generated file."""
    return json.dumps(dashboard(), indent=2) + "\n"


if __name__ == "__main__":
    print(as_text(), end="")
