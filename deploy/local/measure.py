"""How much memory a process has, from the operating system."""

import subprocess
from pathlib import Path


def resident_bytes(pid: int) -> int | None:
    """The process's resident memory; None when there is no such process."""
    try:
        return _from_proc(Path(f"/proc/{pid}/status").read_text())
    except FileNotFoundError:
        return None if Path("/proc/self").exists() else _from_ps(pid)


def _from_proc(status: str) -> int | None:
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return int(fields["VmRSS"].split()[0]) * 1024 if "VmRSS" in fields else None  # a zombie has none


def _from_ps(pid: int) -> int | None:
    answer = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return int(answer.stdout) * 1024 if answer.stdout.strip() else None
