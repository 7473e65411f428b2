"""The dashboard and the alerts use only metrics that are recorded."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.installation.settings import ROOT
from deploy.observability import dashboard
from shared.telemetry.metrics import METRICS, Metric

FOLDER = ROOT / "deploy" / "observability"
# A metric in a query, with its label selectors.
NAMED = re.compile(r"\b((?:ottit|http_server)_[a-z_]+)(?:\{([^}]*)\})?")
SUFFIXES = ("_bucket", "_count", "_sum")


def declared(name: str) -> Metric:
    """Return the metric behind a name in a query."""
    for metric in METRICS:
        ends = SUFFIXES if metric.kind == "histogram" else ("",)
        if name in {f"{metric.prometheus_name}{end}" for end in ends}:
            return metric
    raise LookupError(f"{name} is not recorded")


def alerts() -> list[dict[str, Any]]:
    """Return every alert rule."""
    groups = yaml.safe_load((FOLDER / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def queries() -> list[str]:
    """Return every query of the dashboard and of the alerts."""
    shown = [expression for panel in dashboard.PANELS for expression, _ in panel.queries]
    return shown + [rule["expr"] for rule in alerts()]


@pytest.mark.parametrize("query", queries())
def test_a_query_uses_recorded_metrics_and_labels(query: str) -> None:
    for name, selectors in NAMED.findall(query):
        labels = {label.replace(".", "_") for label in declared(name).labels}
        used = set(re.findall(r"(\w+)\s*(?:=|!)", selectors or ""))
        assert used <= labels, f"{name} has the labels {sorted(labels)}"


def test_an_unrecorded_metric_is_found() -> None:
    with pytest.raises(LookupError):
        declared("ottit_consumer_lagg")


def test_every_metric_is_on_the_dashboard_or_in_an_alert() -> None:
    shown = {declared(name) for query in queries() for name, _ in NAMED.findall(query)}
    assert shown == set(METRICS)


def test_the_generated_dashboard_is_current() -> None:
    written = (FOLDER / "dashboard.json").read_text(encoding="utf-8")
    assert written == dashboard.as_text(), "run: make generate"


def test_every_alert_names_a_chapter_of_the_runbook() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8"), re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for rule in alerts():
        page, anchor = rule["annotations"]["runbook"].split("#")
        assert Path(ROOT / page).exists()
        assert anchor in anchors, f"{rule['alert']} leads nowhere: {anchor}"
