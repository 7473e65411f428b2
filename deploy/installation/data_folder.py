"""The data folder: the lock that its launcher holds, and the state file that the launcher writes."""

import fcntl
import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from deploy.installation.atomic_file import write_atomically

# `launcher_pid` takes the lock for a moment to test it; a start at that moment tries again.
LOCK_RETRY_DELAYS_S = (0.02, 0.05, 0.1)
Condition = Literal["starting", "running", "waiting", "stopped"]  # waiting: for its next start after a crash


class AlreadyRunning(Exception):
    """Another launcher holds the data folder; `pid` is its process."""

    def __init__(self, data: Path, pid: int) -> None:
        super().__init__(f"Ottit already runs on the data folder {data} (process {pid}).")
        self.pid = pid


class FolderLock:
    """A lock on the data folder. The kernel releases it when the process ends, also after a crash."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Lock the folder.

        Raises:
            AlreadyRunning: another launcher holds the lock.
        """
        descriptor = os.open(_lock_file(self._data), os.O_RDWR | os.O_CREAT, 0o600)
        for wait in LOCK_RETRY_DELAYS_S:
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
        """Release the lock."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def launcher_pid(data: Path) -> int | None:
    """Return the process id of the launcher on this data folder (0: not written yet); None if none runs."""
    if not _lock_file(data).exists():
        return None
    descriptor = os.open(_lock_file(data), os.O_RDONLY)  # also on a disk that has become read-only
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
    words = _lock_file(data).read_text(encoding="ascii", errors="replace").split()
    return int(words[0]) if words and words[0].isdecimal() else 0


@dataclass(frozen=True)
class ProcessState:
    """The state of one process. `pid` is 0 while there is no process; `since` is in seconds since 1970."""

    name: str
    condition: Condition
    pid: int = 0
    restarts: int = 0
    since: float = 0.0


@dataclass(frozen=True)
class InstallationState:
    """The state of the installation. `ready`: it has been ready once; ask the gateway for its state now."""

    pid: int
    url: str
    broker_url: str
    ready: bool
    parts: Sequence[ProcessState]


def write_state(data: Path, state: InstallationState) -> None:
    """Replace the state file atomically."""
    if _state_file(data).is_dir():
        _state_file(data).rename(_state_file(data).with_name(f"state.json.damaged-{time.time_ns()}"))
    write_atomically(_state_file(data), json.dumps(asdict(state), indent=2))


def read_state(data: Path) -> InstallationState | None:
    """Return the last state; None if no launcher ever ran or its file is damaged: the next change replaces it.

    `launcher_pid` tells if a launcher still runs.
    """
    try:
        fields = json.loads(_state_file(data).read_text())
        return InstallationState(**{**fields, "parts": [ProcessState(**part) for part in fields["parts"]]})
    except (OSError, ValueError, TypeError, LookupError):
        return None


def _state_file(data: Path) -> Path:
    return data / "state.json"
