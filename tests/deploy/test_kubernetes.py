"""Validates the manifests against the schemas of Kubernetes, which a package contains, so without network."""

import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]  # ships neither stubs nor py.typed
import pytest
import yaml

from deploy.installation.secret_files import SERVICES
from deploy.installation.settings import ROOT
from deploy.k8s import nats_values

pytestmark = pytest.mark.long

K8S = ROOT / "deploy" / "k8s"
# The oldest release that was still supported when this was written.
VERSION = "1.33"
FOREIGN_KINDS = {"ScaledObject", "Kustomization"}  # their schemas are not part of Kubernetes


@cache
def overlay(name: str) -> tuple[dict[str, Any], ...]:
    """Build an overlay."""
    for command in (["kubectl", "kustomize"], ["kustomize", "build"]):
        if shutil.which(command[0]):
            built = subprocess.run([*command, str(K8S / name)], capture_output=True, text=True, check=True)
            return tuple(yaml.safe_load_all(built.stdout))
    pytest.skip("neither kubectl nor kustomize is on this machine")


def base() -> Iterator[dict[str, Any]]:
    """Yield every manifest of the base."""
    for path in sorted((K8S / "base").glob("*.yaml")):
        yield from yaml.safe_load_all(path.read_text(encoding="utf-8"))


def check(manifest: dict[str, Any]) -> None:
    """Check a manifest against the schema of Kubernetes."""
    if manifest["kind"] not in FOREIGN_KINDS:
        kubernetes_validate.validate(manifest, VERSION, strict=True)


def test_the_base_is_valid() -> None:
    for manifest in base():
        check(manifest)


def test_a_wrong_field_is_found() -> None:
    deployment = next(manifest for manifest in base() if manifest["kind"] == "Deployment")
    deployment["spec"]["replica"] = 2
    with pytest.raises(kubernetes_validate.ValidationError):
        check(deployment)


@pytest.mark.parametrize("name", ["one-node", "cluster"])
def test_an_overlay_builds_valid_manifests(name: str) -> None:
    for manifest in overlay(name):
        check(manifest)


@pytest.mark.parametrize("name", ["one-node", "cluster"])
def test_every_container_is_confined(name: str) -> None:
    pods = [
        manifest["spec"]["template"]["spec"] for manifest in overlay(name) if "template" in manifest.get("spec", {})
    ]
    assert len(pods) == 5
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"]
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"]
            assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]
            assert container["resources"]["limits"]["memory"]


def test_the_readiness_probe_of_a_service_covers_only_that_service() -> None:
    probes = {
        manifest["metadata"]["name"]: manifest["spec"]["template"]["spec"]["containers"][0]["readinessProbe"]["httpGet"]
        for manifest in base()
        if manifest["kind"] == "Deployment"
    }
    assert probes == {name: {"path": "/readyz", "port": "status"} for name in SERVICES}


def test_one_node_has_an_embedded_index_on_its_own_disk() -> None:
    manifests = {(manifest["kind"], manifest["metadata"]["name"]): manifest for manifest in overlay("one-node")}
    volumes = manifests["Deployment", "embeddings"]["spec"]["template"]["spec"]["volumes"]
    data = next(volume for volume in volumes if volume["name"] == "data")
    settings = next(manifest for (kind, _), manifest in manifests.items() if kind == "ConfigMap")
    assert data == {"name": "data", "persistentVolumeClaim": {"claimName": "embeddings"}}
    assert settings["data"]["OTTIT_QDRANT_URL"] == ""


def test_the_brokers_values_match_the_permissions() -> None:
    written = (K8S / "charts" / "nats.yaml").read_text(encoding="utf-8")
    assert written == nats_values.as_text(), "run: make generate"


def test_the_values_of_the_charts_satisfy_the_profile_of_the_namespace() -> None:
    nats, qdrant = nats_values.values(), yaml.safe_load((K8S / "charts" / "qdrant.yaml").read_text(encoding="utf-8"))
    pod = nats["podTemplate"]["merge"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert not nats["reloader"]["enabled"]
    assert not qdrant["updateVolumeFsOwnership"], "its container runs as root"
    assert qdrant["containerSecurityContext"]["runAsNonRoot"]
    for settings in (pod["securityContext"], qdrant["podSecurityContext"]):
        assert settings["seccompProfile"]["type"] == "RuntimeDefault"
    containers = [one["securityContext"] for one in (nats["container"]["merge"], *pod["initContainers"])]
    for settings in (*containers, qdrant["containerSecurityContext"]):
        assert settings["capabilities"] == {"drop": ["ALL"]}
        assert not settings["allowPrivilegeEscalation"]
        assert settings["readOnlyRootFilesystem"]
