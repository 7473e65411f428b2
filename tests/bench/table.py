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
    """One row as text. `raw` and `aim` may be empty."""

    what: str
    ottit: str
    raw: str = ""
    aim: str = ""

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The row's cells in the order of `HEADS`."""
        return self.what, self.ottit, self.raw, self.aim


@dataclass
class Table:
    """Collects rows, and prints each one at once."""

    console: Console
    lines: list[Line] = field(default_factory=list)

    def add(self, line: Line) -> None:
        """Add a row and print it."""
        self.lines.append(line)
        self.console.print("  " + " | ".join(cell for cell in line.cells if cell), style="dim", highlight=False)

    def show(self, source: str) -> None:
        """Print the table."""
        drawn = RichTable(*HEADS, title=machine(), caption=source)
        for line in self.lines:
            drawn.add_row(*line.cells)
        self.console.print(drawn)

    def append_to(self, file: Path, source: str) -> None:
        """Append the table to a Markdown file."""
        rows = [HEADS, ("---",) * len(HEADS), *(line.cells for line in self.lines)]
        text = "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
        head = "" if file.exists() else "# Benchmarks\n\nResults of `make bench`, newest last.\n"
        with file.open("a") as page:
            page.write(head + f"\n## {datetime.now(UTC):%Y-%m-%d}, {machine()}\n\n{source}\n\n{text}\n")


def against(ottit: float, raw: float, aim: float) -> str:
    """Return the share of the raw limit that was reached, with the target share."""
    return f"{ottit / raw:.0%} (target ≥ {aim:.0%}{_reached(ottit / raw >= aim)})"


def at_most(value: float, aim: float, unit: str) -> str:
    """Return the target as an upper bound."""
    return f"target ≤ {aim:g} {unit}{_reached(value <= aim)}"


def at_least(value: float, aim: float, unit: str) -> str:
    """Return the target as a lower bound."""
    return f"target ≥ {aim:,.0f} {unit}{_reached(value >= aim)}"


def machine() -> str:
    """Describe cores, memory and interpreter."""
    facts = dict(line.split(":", 1) for line in Path("/proc/cpuinfo").read_text().splitlines() if ":" in line)
    model = "".join(f" ({value.strip()})" for name, value in facts.items() if name.strip() == "model name")
    return f"{cores()} cores{model}, {memory_gib():.0f} GiB, Python {platform.python_version()}"


def cores() -> int:
    """Return the number of cores."""
    return Path("/proc/cpuinfo").read_text().count("processor\t")


def memory_gib() -> float:
    """Return the memory of this machine in GiB."""
    return int(Path("/proc/meminfo").read_text().split(None, 2)[1]) / 1024**2


def _reached(reached: bool) -> str:
    return ", reached" if reached else ", missed"
