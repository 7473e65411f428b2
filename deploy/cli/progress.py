"""Progress of long work on standard error; none where nobody watches, or where a program reads the answer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

OnBytes = Callable[[str, int], None]


@contextmanager
def byte_progress(totals: dict[str, int] | None = None, *, quiet: bool = False) -> Iterator[OnBytes]:
    """A bar for each name that is told of; `totals`: how many bytes a name will have, where that is known."""
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

        def tell(name: str, size: int) -> None:
            if name not in tasks:
                tasks[name] = shown.add_task(name, total=(totals or {}).get(name))
            shown.advance(tasks[name], size)

        yield tell


@contextmanager
def step_progress(*, quiet: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """One bar: what is being done, how much of it is done, of how much."""
    console = Console(stderr=True, highlight=False)
    done_of = TextColumn("{task.completed:,.0f} of {task.total:,.0f}")
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), done_of)
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as shown:
        task = shown.add_task("", total=0)
        yield lambda what, done, of: shown.update(task, description=what, completed=done, total=of)
