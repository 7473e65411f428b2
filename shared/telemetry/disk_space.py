"""Compares the free space of a disk with a reserve below which writes are refused."""

import os
from pathlib import Path
from time import monotonic

MIB = 2**20
# A result is this old at most: a check takes microseconds, but every write asks.
CHECK_EVERY_S = 1.0
# Below this multiple of the reserve a note tells the operator in time.
WARN_AT = 4


class DiskSpace:
    """The free space of the disk of a folder. `reserve_mib`: writes are refused below it; 0 switches the check off."""

    def __init__(self, folder: Path, reserve_mib: int) -> None:
        self._folder = folder
        self._reserve = reserve_mib * MIB
        self._free = -1
        self._checked_at = -CHECK_EVERY_S

    @property
    def problem(self) -> str:
        """Why nothing may be written, and what to do; empty if there is room."""
        free = self._read()
        if free is None or free >= self._reserve:
            return ""
        return (
            f"only {free // MIB} MiB are free on the disk of the data folder, so writes are refused until "
            f"{self._reserve // MIB} MiB are. Free some space; nothing needs a restart."
        )

    @property
    def state(self) -> str:
        """`ok`, or the problem, or a warning, for a health report."""
        free = self._read()
        if self.problem or free is None or free >= WARN_AT * self._reserve:
            return self.problem or "ok"
        return f"only {free // MIB} MiB are free on the disk of the data folder; writes stop at {self._reserve // MIB}."

    def _read(self) -> int | None:
        """Return the free bytes, or None while the folder does not exist."""
        now = monotonic()
        if now - self._checked_at >= CHECK_EVERY_S:
            self._checked_at = now
            try:
                found = os.statvfs(self._folder)
            except OSError:
                return None
            self._free = found.f_bavail * found.f_frsize
        return self._free if self._free >= 0 else None
