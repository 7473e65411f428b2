"""The progress of an import on the terminal: submitted, decided, indexed, with rate and time left."""

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

# Where nobody watches a moving bar (a log file, CI): a line as often as this.
PLAIN_EVERY_S = 10.0
STAGES = ("submitted", "decided", "indexed")


class Rate(ProgressColumn):
    """Posts per second, over the last half minute."""

    def render(self, task: Task) -> Text:
        """The column's text."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:>6.0f}/s" if speed else "      –", style="progress.data.speed")


class Bars:
    """A context manager; `show` takes how many posts each stage has behind it."""

    def __init__(self, total: int, console: Console) -> None:
        columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), Rate())
        # Rates over 30 s: batches come in bursts.
        self._progress = Progress(*columns, TimeRemainingColumn(), console=console, speed_estimate_period=30.0)
        self._tasks = [self._progress.add_task(stage, total=total) for stage in STAGES]
        self._console = console
        self._spoke = time.monotonic()

    def __enter__(self) -> "Bars":
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._progress.stop()

    def say(self, words: str) -> None:
        """A line above the bars."""
        self._console.print(words, style="yellow", highlight=False)

    def show(self, *completed: int, pipeline_total: int) -> None:
        """Posts that each stage has behind it; `pipeline_total` is what decided and indexed will come to."""
        totals = (None, pipeline_total, pipeline_total)
        for task, count, total in zip(self._tasks, completed, totals, strict=True):
            self._progress.update(task, completed=count, total=total)
        if not self._console.is_terminal and time.monotonic() - self._spoke > PLAIN_EVERY_S:
            self._spoke = time.monotonic()
            self._console.print(" · ".join(f"{s} {c}" for s, c in zip(STAGES, completed, strict=True)))
