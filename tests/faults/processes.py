"""Reads the processes of an installation from /proc: CPU time, memory, file descriptors and threads."""

import asyncio
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from deploy.installation.data_folder import read_state

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
# Long enough to tell a spinning process from a short burst.
WATCHED_S = 3.0


@dataclass(frozen=True)
class Usage:
    """The resources of one process: CPU seconds since its start, resident bytes, open files, threads."""

    cpu_s: float
    memory: int
    descriptors: int
    threads: int


def pids(data: Path) -> dict[str, int]:
    """Return name → process id of the broker and the services that run now."""
    state = read_state(data)
    return {part.name: part.pid for part in state.parts if part.pid} if state else {}


def usage(pid: int) -> Usage | None:
    """Return the resources of a process, or None if it has ended."""
    root = Path(f"/proc/{pid}")
    try:
        # The name in parentheses may hold spaces; utime and stime are the 14th and 15th field (proc(5)).
        fields = (root / "stat").read_text().rsplit(")", 1)[1].split()
        status = dict(line.split(":", 1) for line in (root / "status").read_text().splitlines() if ":" in line)
        descriptors = len(list((root / "fd").iterdir()))
        cpu_s = (int(fields[11]) + int(fields[12])) / CLOCK_TICKS
        return Usage(cpu_s, int(status["VmRSS"].split()[0]) * 1024, descriptors, int(status["Threads"]))
    except (FileNotFoundError, ProcessLookupError, KeyError):
        return None


async def cpu_shares(data: Path, seconds: float = WATCHED_S) -> dict[str, float]:
    """Return process → share of one core that it used during some seconds."""
    before = {name: (pid, usage(pid)) for name, pid in pids(data).items()}
    await asyncio.sleep(seconds)
    shares = {}
    for name, (pid, first) in before.items():
        last = usage(pid)
        if first and last:
            shares[name] = (last.cpu_s - first.cpu_s) / seconds
    return shares


def send(data: Path, name: str, number: signal.Signals) -> int:
    """Send a signal to a process of the installation. Returns its process id.

    Raises:
        KeyError: it does not run at the moment.
    """
    pid = pids(data)[name]
    os.kill(pid, number)
    return pid
