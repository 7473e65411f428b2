"""Progress bars on standard error, only if it is a terminal and the output is not JSON."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

OnBytes = Callable[[str, int], None]


@contextmanager
def byte_progress(totals: dict[str, int] | None = None, *, quiet: bool = False) -> Iterator[OnBytes]:
    """Show a bar of bytes for each name. `totals`: the final number of bytes by name, if known."""
    console = Console(stderr=True, highlight=False)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<14}"),
        BarColumn(),
        DownloadColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as shown:
        tasks: dict[str, TaskID] = {}

        def add(name: str, size: int) -> None:
            if name not in tasks:
                tasks[name] = shown.add_task(name, total=(totals or {}).get(name))
            shown.advance(tasks[name], size)

        yield add


@contextmanager
def step_progress(*, quiet: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """Show one bar: description, number of completed steps, total."""
    console = Console(stderr=True, highlight=False)
    done_of = TextColumn("{task.completed:,.0f} of {task.total:,.0f}")
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), done_of)
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as shown:
        task = shown.add_task("", total=0)
        yield lambda what, done, of: shown.update(task, description=what, completed=done, total=of)
