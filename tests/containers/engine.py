"""Checks for a Docker engine and for local images."""

import os
import re
import subprocess
from functools import cache

import docker  # type: ignore[import-untyped]  # ships neither stubs nor py.typed
from docker.errors import DockerException  # type: ignore[import-untyped]

from deploy.installation.settings import ROOT


@cache
def engine_answers() -> bool:
    """Tell if there is a Docker engine with the compose plugin."""
    try:
        docker.from_env(timeout=5).ping()
    except DockerException:
        return False
    return subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0


def image(variable: str, file: str = "compose.yaml") -> str:
    """Return the image of a compose file: the variable's value, else the pinned default."""
    pinned = re.search(rf"\$\{{{variable}:-([^}}]+)\}}", (ROOT / file).read_text(encoding="utf-8"))
    if pinned is None:
        raise LookupError(f"{file} has no image {variable}")
    return os.environ.get(variable) or pinned[1]


@cache
def has_image(name: str) -> bool:
    """Tell if the engine has the image. Nothing is pulled: a test run should not wait for downloads."""
    try:
        docker.from_env(timeout=5).images.get(name)
    except DockerException:
        return False
    return True


def why_no_broker() -> str:
    """Return why the integration tests cannot use a broker in a container; empty if they can."""
    if not engine_answers():
        return "no Docker engine answers"
    name = image("NATS_IMAGE")
    return "" if has_image(name) else f"the engine has no image {name}: docker pull {name}"
