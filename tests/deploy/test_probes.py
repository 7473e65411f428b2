"""Tests that every service of every deployment is watched, and the broker by the same rule everywhere."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.installation.secret_files import SERVICES
from deploy.installation.settings import ROOT
from deploy.k8s import nats_values

DEPLOY = ROOT / "deploy"
COMPOSE = [ROOT / "compose.yaml", *sorted(DEPLOY.glob("compose.*.yaml"))]
MANIFESTS = sorted((DEPLOY / "k8s").glob("*/*.yaml"))
RULE = DEPLOY / "nats" / "health.sh"
# They run once and end, or are started by hand.
TASKS = {"prepare", "provision", "operator"}
# Its image has neither a shell nor a client, and nothing waits for it: if it fails, spans are lost, but no posts.
UNWATCHED = {"jaeger"}


class Loader(yaml.SafeLoader):
    """Reads compose files: `!override` and `!reset` do not matter here."""


Loader.add_multi_constructor("!", lambda loader, _, node: None)


def compose_services() -> list[Any]:
    """Return a case for each service that a compose file defines rather than changes."""
    return [
        pytest.param(service, id=f"{path.name}:{name}")
        for path in COMPOSE
        for name, service in yaml.load(path.read_text(encoding="utf-8"), Loader)["services"].items()
        if name not in TASKS | UNWATCHED and ("image" in service or "build" in service)
    ]


def workloads() -> list[Any]:
    """Return a case for each container of a Kubernetes workload that does not end."""
    return [
        pytest.param(container, id=f"{path.name}:{container['name']}")
        for path in MANIFESTS
        for manifest in yaml.safe_load_all(path.read_text(encoding="utf-8"))
        if manifest.get("kind") in {"Deployment", "StatefulSet", "DaemonSet"}
        for container in manifest["spec"]["template"]["spec"].get("containers", [])
    ]


@pytest.mark.parametrize("service", compose_services())
def test_every_service_of_compose_has_a_health_check(service: dict[str, Any]) -> None:
    own = str(service.get("image", "")).startswith("ottit/")
    if own:
        assert "HEALTHCHECK" in (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
        assert "healthcheck" not in service
    else:
        assert service["healthcheck"]["test"]
    assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("container", workloads())
def test_every_container_of_kubernetes_has_both_probes(container: dict[str, Any]) -> None:
    for probe in ("readinessProbe", "livenessProbe"):
        assert container[probe]
    # Otherwise a slow start counts as death.
    assert container["startupProbe"]


def test_the_cases_cover_every_service() -> None:
    names = [case.id or "" for case in [*compose_services(), *workloads()]]
    for service in (*SERVICES, "nats", "qdrant"):
        assert any(service in name for name in names), service
    for service in SERVICES:
        assert f"{service}.yaml:{service}" in names


def test_the_broker_is_watched_by_the_same_rule_everywhere() -> None:
    compose = yaml.load((ROOT / "compose.yaml").read_text(encoding="utf-8"), Loader)["services"]["nats"]
    assert compose["healthcheck"]["test"] == ["CMD", "/bin/sh", "/etc/nats/health.sh"]
    cluster = yaml.load((DEPLOY / "compose.cluster.yaml").read_text(encoding="utf-8"), Loader)["services"]
    for name in ("nats-2", "nats-3"):
        assert cluster[name]["extends"] == {"file": "compose.yaml", "service": "nats"}
        assert "healthcheck" not in cluster[name]
    chart = nats_values.values()
    (patch,) = [one for one in chart["container"]["patch"] if one["path"] == "/livenessProbe"]
    assert patch["op"] == "replace"
    assert patch["value"]["exec"]["command"] == ["sh", "/etc/nats-config/health.sh", "kubelet"]
    assert chart["configMap"]["merge"]["data"]["health.sh"] == RULE.read_text(encoding="utf-8")


def test_no_other_file_has_a_rule_of_its_own_for_the_broker() -> None:
    files = [path for path in DEPLOY.rglob("*") if path.suffix in {".yaml", ".py", ".sh", ".cfg"}]
    naming: list[Path] = [path for path in files if "js-enabled-only" in path.read_text(encoding="utf-8")]
    assert set(naming) == {RULE, DEPLOY / "k8s" / "charts" / "nats.yaml"}
