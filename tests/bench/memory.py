"""Memory of each process, and of all together.

RSS counts a shared page in every process that uses it, so its sum is too high. PSS divides shared pages among
processes, so its sum is the real use.
"""

from pathlib import Path

from tests.bench.table import Line, at_most
from tests.running_installation import RunningInstallation

AIM_MB = 900.0
MB = 1e6


def measure(installation: RunningInstallation, posts: int) -> list[Line]:
    """Measure every process, the launcher, and all together."""
    pids = {process.name: process.pid for process in installation.state.parts} | {"launcher": installation.state.pid}
    sizes_by_name = {name: _read(pid) for name, pid in pids.items()}
    lines = [Line(f"memory of {name}", _text(*sizes)) for name, sizes in sizes_by_name.items()]
    rss, pss = (sum(sizes[at] for sizes in sizes_by_name.values()) for at in (0, 1))
    return [
        *lines,
        Line(f"memory of all together with {posts:,} posts", _text(rss, pss), "", at_most(pss, AIM_MB, "MB of PSS")),
    ]


def _read(pid: int) -> tuple[float, float]:
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    return int(fields["Rss"].split()[0]) * 1024 / MB, int(fields["Pss"].split()[0]) * 1024 / MB


def _text(rss: float, pss: float) -> str:
    return f"{rss:.0f} MB RSS, {pss:.0f} MB PSS"
