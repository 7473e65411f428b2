"""A compose project for a test, with its own port and with volumes that are removed at the end."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.installation.settings import ROOT
from shared.testing import free_port

# Without Qdrant and Jaeger, so that tests also run without their images.
EMBEDDED = ("compose.yaml", "deploy/compose.embedded.yaml")
# A first start builds five images.
UP_S = 1200


class ComposeProject:
    """One compose project."""

    def __init__(self, name: str, *files: str) -> None:
        self.name, port = name, free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._environment = {**os.environ, "OTTIT_PORT": str(port), "OTTIT_RATE_SCALE": "1000"}
        self._command = ["docker", "compose", "-p", name, *(part for file in files for part in ("-f", file))]

    def run(self, *arguments: str, stdin: str = "", timeout_s: float = UP_S) -> subprocess.CompletedProcess[str]:
        """Run a `docker compose` command with `stdin` as its standard input; it may fail."""
        return subprocess.run(
            [*self._command, *arguments], cwd=ROOT, env=self._environment, text=True, input=stdin,
            capture_output=True, check=False, timeout=timeout_s,
        )  # fmt: skip

    def check(self, *arguments: str) -> str:
        """Run a `docker compose` command that must succeed, and return its standard output.

        Raises:
            AssertionError: it failed; the message has its output.
        """
        done = self.run(*arguments)
        assert done.returncode == 0, f"{' '.join(arguments)}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def kill(self, container: str) -> None:
        """Kill a container of a service that may have several."""
        subprocess.run(["docker", "kill", "-s", "SIGKILL", container], capture_output=True, check=True)

    def delete_volumes(self, *volumes: str) -> None:
        """Stop the project and delete these volumes."""
        self.check("down", "--timeout", "20")
        named = [f"{self.name}_{volume}" for volume in volumes]
        subprocess.run(["docker", "volume", "rm", *named], capture_output=True, check=True)

    def ottit(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command of `ottit` in the operator container."""
        return self.run("run", "--rm", "--no-deps", "-T", "operator", *arguments, stdin=stdin)


@contextmanager
def running_project(name: str, *files: str) -> Iterator[ComposeProject]:
    """Yield a healthy project; at the end everything but the images is removed."""
    project = ComposeProject(name, *files)
    try:
        project.check("up", "--build", "--wait", "--quiet-pull")
        yield project
    finally:
        project.run("down", "--volumes", "--timeout", "20", "--remove-orphans")
