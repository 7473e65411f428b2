"""The result table of a run: each measure beside its raw limit and its target."""

import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table as RichTable

HEADS = ("measure", "Ottit", "raw limit in the same run", "ratio and target")


@dataclass(frozen=True)
class Line:
    """One row, in words. An empty `raw` or `aim`: there is none."""

    what: str
    ours: str
    raw: str = ""
    aim: str = ""

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The row's cells in the order of `HEADS`."""
        return self.what, self.ours, self.raw, self.aim


@dataclass
class Table:
    """Rows as they come; every row is also said at once, for whoever watches."""

    console: Console
    lines: list[Line] = field(default_factory=list)

    def add(self, line: Line) -> None:
        """Take a row."""
        self.lines.append(line)
        self.console.print("  " + " | ".join(cell for cell in line.cells if cell), style="dim", highlight=False)

    def show(self, source: str) -> None:
        """Print all of it."""
        drawn = RichTable(*HEADS, title=machine(), caption=source)
        for line in self.lines:
            drawn.add_row(*line.cells)
        self.console.print(drawn)

    def append_to(self, file: Path, source: str) -> None:
        """Append it to a Markdown file."""
        rows = [HEADS, ("---",) * len(HEADS), *(line.cells for line in self.lines)]
        text = "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
        head = "" if file.exists() else "# Benchmarks\n\nResults of `make bench`, newest last.\n"
        with file.open("a") as page:
            page.write(head + f"\n## {datetime.now(UTC):%Y-%m-%d}, {machine()}\n\n{source}\n\n{text}\n")


def against(ours: float, raw: float, aim: float) -> str:
    """Return the share of the raw limit that was reached, with the target share."""
    return f"{ours / raw:.0%} (target ≥ {aim:.0%}{_verdict(ours / raw >= aim)})"


def at_most(value: float, aim: float, unit: str) -> str:
    """Return the target as an upper bound."""
    return f"target ≤ {aim:g} {unit}{_verdict(value <= aim)}"


def at_least(value: float, aim: float, unit: str) -> str:
    """Return the target as a lower bound."""
    return f"target ≥ {aim:,.0f} {unit}{_verdict(value >= aim)}"


def machine() -> str:
    """Cores, memory, interpreter."""
    facts = dict(line.split(":", 1) for line in Path("/proc/cpuinfo").read_text().splitlines() if ":" in line)
    model = "".join(f" ({value.strip()})" for name, value in facts.items() if name.strip() == "model name")
    return f"{cores()} cores{model}, {memory_gib():.0f} GiB, Python {platform.python_version()}"


def cores() -> int:
    """Cores that this machine shows."""
    return Path("/proc/cpuinfo").read_text().count("processor\t")


def memory_gib() -> float:
    """All memory of this machine."""
    return int(Path("/proc/meminfo").read_text().split(None, 2)[1]) / 1024**2


def _verdict(reached: bool) -> str:
    return ", reached" if reached else ", missed"
