"""Running the steps of an installation: each says its name, what it does and how long it took."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[3]


class StepFailed(Exception):
    """A step did not succeed; the message says what to do about it."""


@contextmanager
def step(name: str) -> Iterator[None]:
    """Announce a step, and at its end the seconds that it took."""
    print(f"==> {name}", flush=True)
    began = time.monotonic()
    yield
    print(f"    {time.monotonic() - began:.1f} s", flush=True)


def run(command: Sequence[str | Path], *, cwd: Path = ROOT, environment: Mapping[str, str] | None = None) -> None:
    """Run a command with its output on the terminal.

    Raises:
        StepFailed: it could not be started, or ended with another code than 0.
    """
    sys.stdout.flush()
    try:
        code = subprocess.run(command, cwd=cwd, env=environment, check=False).returncode
    except OSError as error:
        raise StepFailed(f"{command[0]}: {error.strerror}") from error
    if code:
        raise StepFailed(f"`{' '.join(str(word) for word in command)}` ended with code {code}")
