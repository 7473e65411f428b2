"""Runs uv and npm, and returns what they print."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from deploy.local.install.client import CLIENT, search_path
from deploy.local.install.python_environment import ensure_uv
from deploy.local.install.settings import clean_environment
from deploy.local.install.steps import ROOT, StepFailed

# A registry that does not answer must not hold up a build for long.
ANSWER_S = 300


def uv_output(*arguments: str) -> str:
    """Return the output of uv. Raises StepFailed."""
    return _checked(run([ensure_uv(), *arguments]), "uv")


def npm_output(*arguments: str) -> str:
    """Return the output of npm in the client's folder. Raises StepFailed."""
    return _checked(run_npm(*arguments), "npm")


def run_npm(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run npm in the client's folder; it may fail."""
    return run(["npm", *arguments], cwd=CLIENT, path=search_path())


def run(command: Sequence[str | Path], cwd: Path = ROOT, path: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command; it may fail. `path`: the PATH, if not that of this process.

    Raises:
        StepFailed: the command could not be started, or did not end in time.
    """
    environment = clean_environment(**({"PATH": path} if path else {}))
    try:
        return subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=ANSWER_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StepFailed(f"{command[0]} could not be run: {error}") from error


def _checked(done: subprocess.CompletedProcess[str], name: str) -> str:
    if done.returncode:
        raise StepFailed(f"{name} failed: {done.stderr.strip()}")
    return done.stdout
