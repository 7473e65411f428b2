"""The contents of the images."""

import json
import subprocess

import pytest

pytestmark = [
    pytest.mark.containers,
    pytest.mark.parametrize("service", ["gateway", "moderation", "embeddings", "ranking"]),
]


def inside(image: str, *command: str) -> str:
    """Return the output of a command in a container without network, capabilities or a writable disk."""
    done = subprocess.run(
        ["docker", "run", "--rm", "--read-only", "--network=none", "--cap-drop=ALL", image, *command],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def test_an_image_imports_its_app_without_network_or_a_writable_disk(service: str, images: dict[str, str]) -> None:
    script = f"from services.{service}.app import create_app; print(create_app.__name__)"
    assert inside(images[service], "python", "-c", script) == "create_app"


def test_an_image_runs_as_an_unprivileged_user(service: str, images: dict[str, str]) -> None:
    assert inside(images[service], "id", "-u") == "10001"


def test_an_image_contains_no_other_service(service: str, images: dict[str, str]) -> None:
    folders = inside(images[service], "sh", "-c", "ls -d services/*/").split()
    assert [name for name in folders if "__pycache__" not in name] == [f"services/{service}/"]


def test_an_image_contains_its_bill_of_materials(service: str, images: dict[str, str]) -> None:
    sbom = json.loads(inside(images[service], "cat", "/opt/ottit/sbom.cdx.json"))
    listed = {part["name"] for part in sbom["components"]}
    assert sbom["bomFormat"] == "CycloneDX"
    assert {"faststream", "nats-py", "pydantic"} <= listed
    assert ("fastapi" in listed) == (service == "gateway")
    assert ("onnxruntime" in listed) == (service in ("moderation", "embeddings"))
    assert "pytest" not in listed


@pytest.mark.parametrize("tool", ["pip", "pip3", "uv", "npm", "gcc", "make"])
def test_an_image_contains_nothing_that_installs_or_builds(service: str, tool: str, images: dict[str, str]) -> None:
    assert inside(images[service], "sh", "-c", f"command -v {tool} || echo absent") == "absent"
    assert inside(images[service], "python", "-c", "import importlib.util as u; print(u.find_spec('pip'))") == "None"
