"""The data folder: the lock that its launcher holds, and the state file that the launcher writes."""

import fcntl
import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

# `holder` takes the lock for a moment to see whether it is free: a start at that moment tries again.
TRIES_S = (0.02, 0.05, 0.1)
Condition = Literal["starting", "running", "waiting", "stopped"]  # waiting: for its next start after a crash


class AlreadyRunning(Exception):
    """Another launcher holds the data folder. `pid` is its process."""

    def __init__(self, data: Path, pid: int) -> None:
        super().__init__(f"Ottit already runs on the data folder {data} (process {pid}).")
        self.pid = pid


class FolderLock:
    """Held from `acquire` until `release` or the end of the process."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Hold the folder.

        Raises:
            AlreadyRunning: somebody else does.
        """
        descriptor = os.open(_lock_file(self._data), os.O_RDWR | os.O_CREAT, 0o600)
        for wait in TRIES_S:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(wait)
        else:
            os.close(descriptor)
            raise AlreadyRunning(self._data, _read_pid(self._data))
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor

    def release(self) -> None:
        """Let the next one in."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def launcher_pid(data: Path) -> int | None:
    """The process that runs Ottit on this data folder; None when nobody does."""
    if not _lock_file(data).exists():
        return None
    descriptor = os.open(_lock_file(data), os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_pid(data)
    finally:
        os.close(descriptor)
    return None


def _lock_file(data: Path) -> Path:
    return data / "lock"


def _read_pid(data: Path) -> int:
    words = _lock_file(data).read_text().split()
    return int(words[0]) if words and words[0].isdecimal() else 0


@dataclass(frozen=True)
class ProcessState:
    """One part. `pid` is 0 when there is no process; `since` is seconds since 1970."""

    name: str
    condition: Condition
    pid: int = 0
    restarts: int = 0
    since: float = 0.0


@dataclass(frozen=True)
class InstallationState:
    """The whole installation. `ready` says that it has been ready once; the gateway knows about now."""

    pid: int
    url: str
    broker_url: str
    ready: bool
    parts: Sequence[ProcessState]


def write_state(data: Path, state: InstallationState) -> None:
    """Replace what was there, in one move: a reader never sees half of it."""
    fresh = _state_file(data).with_suffix(".new")
    fresh.write_text(json.dumps(asdict(state), indent=2))
    fresh.replace(_state_file(data))


def read_state(data: Path) -> InstallationState | None:
    """What the launcher wrote last; None where none ever ran. Ask `lock.holder` whether it still runs."""
    try:
        fields = json.loads(_state_file(data).read_text())
    except FileNotFoundError:
        return None
    return InstallationState(**{**fields, "parts": [ProcessState(**part) for part in fields["parts"]]})


def _state_file(data: Path) -> Path:
    return data / "state.json"
