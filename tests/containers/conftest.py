"""Fixtures with images and containers. Without a Docker engine or base images, tests are skipped with the reason."""

import subprocess
from collections.abc import Iterator

import pytest

from deploy.installation.settings import ROOT
from tests.containers.compose import EMBEDDED, ComposeProject, running_project

SERVICES = ("gateway", "moderation", "embeddings", "ranking", "operator")


@pytest.fixture(scope="session")
def images() -> dict[str, str]:
    """Return service → its image, built from this checkout."""
    # Imported here, because quick tests also load this file and need no Docker client.
    from tests.containers.engine import engine_answers, has_image, image

    if not engine_answers():
        pytest.skip("no Docker engine answers")
    built = subprocess.run(
        ["docker", "compose", "--profile", "operator", "build", "--quiet"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    missing = [base for base in map(image, ("PYTHON_IMAGE", "NODE_IMAGE")) if not has_image(base)]
    if built.returncode and missing and "executor failed" not in built.stderr:
        pytest.skip(f"base images are not available: {', '.join(missing)}")
    assert built.returncode == 0, built.stdout + built.stderr
    return {service: f"ottit/{service}:dev" for service in SERVICES}


@pytest.fixture(scope="session")
def product(images: dict[str, str]) -> Iterator[ComposeProject]:
    """The embedded stack with the demo posts, which replaces `make up` in the browser tests."""
    with running_project("ottit-test", *EMBEDDED) as project:
        loaded = project.ottit("demo")
        assert loaded.returncode == 0, loaded.stdout + loaded.stderr
        yield project
