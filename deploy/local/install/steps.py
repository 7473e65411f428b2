"""Runs installation steps, and skips those whose inputs have not changed."""

import hashlib
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[3]


class StepFailed(Exception):
    """A step failed; the message says what to do."""


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print the name of a step, and at its end the seconds that it took."""
    print(f"==> {name}", flush=True)
    began = time.monotonic()
    yield
    print(f"    {time.monotonic() - began:.1f} s", flush=True)


def run(command: Sequence[str | Path], *, cwd: Path = ROOT, environment: Mapping[str, str] | None = None) -> None:
    """Run a command with its output on the terminal.

    Raises:
        StepFailed: the command could not be started or ended with a code other than 0.
    """
    sys.stdout.flush()
    try:
        code = subprocess.run(command, cwd=cwd, env=environment, check=False).returncode
    except OSError as error:
        raise StepFailed(f"{command[0]}: {error.strerror}") from error
    if code:
        raise StepFailed(f"`{' '.join(str(word) for word in command)}` ended with code {code}")


def digest_of(root: Path, inputs: Iterable[Path], *also: str) -> str:
    """Return a digest of the names (below `root`) and contents of files and folders, and of the texts in `also`."""
    files = {file for path in inputs for file in _files_of(path)}
    digest = hashlib.sha256("\0".join(also).encode())
    for file in sorted(files):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"\n{file.relative_to(root).as_posix()} {content}".encode())
    return digest.hexdigest()


def _files_of(path: Path) -> Iterable[Path]:
    if path.is_dir():
        return (file for file in path.rglob("*") if file.is_file())
    return [path] if path.exists() else []


def is_current(stamp: Path, digest: str) -> bool:
    """Tell if the stamp records exactly this digest."""
    return stamp.exists() and stamp.read_text().strip() == digest


def write_stamp(stamp: Path, digest: str) -> None:
    """Record the digest of the inputs. Call it after the step has succeeded."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(f"{digest}\n")
