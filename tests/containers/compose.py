"""Ottit in containers for a test: a project of its own, on a port of its own, with volumes that go at the end."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.installation.settings import ROOT
from shared.testing import free_port

# Without Qdrant and Jaeger: what runs where their images cannot be had, too.
EMBEDDED = ("compose.yaml", "deploy/compose.embedded.yaml")
# A first start builds five images.
UP_WITHIN_S = 1200


class Composed:
    """One compose project. `ottit` runs the command line in its operator container."""

    def __init__(self, name: str, *files: str) -> None:
        self.name, port = name, free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._environment = {**os.environ, "OTTIT_PORT": str(port), "OTTIT_RATE_SCALE": "1000"}
        self._command = ["docker", "compose", "-p", name, *(part for file in files for part in ("-f", file))]

    def run(self, *arguments: str, words: str = "", within_s: float = UP_WITHIN_S) -> subprocess.CompletedProcess[str]:
        """One `docker compose` command, whatever its end; `words` is its standard input."""
        return subprocess.run(
            [*self._command, *arguments], cwd=ROOT, env=self._environment, text=True, input=words,
            capture_output=True, check=False, timeout=within_s,
        )  # fmt: skip

    def do(self, *arguments: str) -> str:
        """One `docker compose` command that must succeed; its standard output.

        Raises:
            AssertionError: it failed; with what it said.
        """
        done = self.run(*arguments)
        assert done.returncode == 0, f"{' '.join(arguments)}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def kill(self, container: str) -> None:
        """End one container of several as a crash would."""
        subprocess.run(["docker", "kill", "-s", "SIGKILL", container], capture_output=True, check=True)

    def lose(self, *volumes: str) -> None:
        """Take everything down and delete these volumes."""
        self.do("down", "--timeout", "20")
        named = [f"{self.name}_{volume}" for volume in volumes]
        subprocess.run(["docker", "volume", "rm", *named], capture_output=True, check=True)

    def ottit(self, *arguments: str, words: str = "") -> subprocess.CompletedProcess[str]:
        """One command of `ottit` on this installation."""
        return self.run("run", "--rm", "--no-deps", "-T", "operator", *arguments, words=words)


@contextmanager
def composed(name: str, *files: str) -> Iterator[Composed]:
    """A project that is up and healthy; at the end nothing of it is left but the images."""
    project = Composed(name, *files)
    try:
        project.do("up", "--build", "--wait", "--quiet-pull")
        yield project
    finally:
        project.run("down", "--volumes", "--timeout", "20", "--remove-orphans")
