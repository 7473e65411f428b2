"""The progress bars of an import: the file read, then posts submitted, decided and indexed."""

import time
from collections import deque
from typing import Self

from rich import progress as rich_progress
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

# Without a terminal (a log file, CI), print a line this often instead of a moving bar.
PLAIN_LINE_EVERY_S = 10.0
STAGES = ("submitted", "decided", "indexed")


class Rate(ProgressColumn):
    """Posts per second, over the last half minute."""

    def render(self, task: Task) -> Text:
        """The column's text."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:>6.0f}/s" if speed else "      –", style="progress.data.speed")


class TerminalProgress:
    """Progress that moves during a block, on a terminal only."""

    def __init__(self, progress: rich_progress.Progress, console: Console) -> None:
        self._progress, self._console = progress, console
        self._last_printed = time.monotonic()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._progress.stop()


class ReadingBar(TerminalProgress):
    """The progress of reading a file, in bytes of the file, as a context manager."""

    def __init__(self, total: int, console: Console) -> None:
        columns = (TextColumn("{task.description:<10}"), BarColumn(), DownloadColumn(binary_units=True))
        super().__init__(rich_progress.Progress(*columns, TimeRemainingColumn(), console=console), console)
        self._task = self._progress.add_task("read", total=total)
        self._total = total

    def at(self, position: int) -> None:
        """Show that the file was read to this byte."""
        if self._console.is_terminal:
            self._progress.update(self._task, completed=position)
        elif time.monotonic() - self._last_printed > PLAIN_LINE_EVERY_S:
            self._last_printed = time.monotonic()
            self._console.print(f"read {100 * position // max(1, self._total)} % of the file")


class ProgressBars(TerminalProgress):
    """The progress bars of an import, as a context manager."""

    def __init__(self, total: int, console: Console) -> None:
        columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), Rate())
        # Rates over 30 s: batches come in bursts.
        progress = rich_progress.Progress(*columns, TimeRemainingColumn(), console=console, speed_estimate_period=30.0)
        super().__init__(progress, console)
        self._tasks = [self._progress.add_task(stage, total=total) for stage in STAGES]
        self._shown = [0] * len(STAGES)
        self._last: deque[tuple[int, ...]] = deque([(0,) * len(STAGES)], maxlen=3)

    def print(self, text: str) -> None:
        """Print a line above the bars."""
        self._console.print(text, style="yellow", highlight=False)

    @property
    def shown(self) -> tuple[int, ...]:
        """The number of posts that are shown for each stage."""
        return tuple(self._shown)

    def show(self, *completed: int, pipeline_total: int) -> None:
        """Update the number of posts that passed each stage. `pipeline_total`: the total of decided and indexed."""
        totals = (None, pipeline_total, pipeline_total)
        # A restarting service reports a wrong backlog for a moment. No bar moves back, and no wrong answer moves one
        # far ahead: the last three must agree.
        self._last.append(completed)
        steady = (completed[0], *(min(some) for some in list(zip(*self._last, strict=True))[1:]))
        self._shown = [max(before, now) for before, now in zip(self._shown, steady, strict=True)]
        for task, count, total in zip(self._tasks, self._shown, totals, strict=True):
            self._progress.update(task, completed=count, total=total)
        if not self._console.is_terminal and time.monotonic() - self._last_printed > PLAIN_LINE_EVERY_S:
            self._last_printed = time.monotonic()
            self._console.print(" · ".join(f"{s} {c}" for s, c in zip(STAGES, self._shown, strict=True)))
