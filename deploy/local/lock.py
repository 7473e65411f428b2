"""One launcher on one data folder: a lock that the kernel drops when its holder dies, however it dies."""

import fcntl
import os
import time
from pathlib import Path

# `holder` takes the lock for a moment to see whether it is free: a start at that moment tries again.
TRIES_S = (0.02, 0.05, 0.1)


class AlreadyRunning(Exception):
    """Another launcher holds the data folder. `pid` is its process."""

    def __init__(self, data: Path, pid: int) -> None:
        super().__init__(f"Ottit already runs on the data folder {data} (process {pid}).")
        self.pid = pid


class FolderLock:
    """Held from `take` until `release` or the end of the process."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._descriptor: int | None = None

    def take(self) -> None:
        """Hold the folder.

        Raises:
            AlreadyRunning: somebody else does.
        """
        descriptor = os.open(_file(self._data), os.O_RDWR | os.O_CREAT, 0o600)
        for wait in TRIES_S:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(wait)
        else:
            os.close(descriptor)
            raise AlreadyRunning(self._data, _pid_in(self._data))
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor

    def release(self) -> None:
        """Let the next one in."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def holder(data: Path) -> int | None:
    """The process that runs Ottit on this data folder; None when nobody does."""
    if not _file(data).exists():
        return None
    descriptor = os.open(_file(data), os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _pid_in(data)
    finally:
        os.close(descriptor)
    return None


def _file(data: Path) -> Path:
    return data / "lock"


def _pid_in(data: Path) -> int:
    words = _file(data).read_text().split()
    return int(words[0]) if words and words[0].isdecimal() else 0
