"""`ottit import`: posts from a file."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy.cli.importing.report import Report
from deploy.cli.importing.start import Remote, import_file
from deploy.cli.importing.submit import NotTaken
from deploy.cli.operator import NothingRuns
from deploy.cli.settings import read_settings


def import_command(
    file: Annotated[Path, typer.Argument(help="JSON Lines, plain or gzipped.", exists=True, dir_okay=False)],
    url: Annotated[str, typer.Option(help="A gateway on another machine, with --token.")] = "",
    token: Annotated[str, typer.Option(envvar="OTTIT_TOKEN", help="A token with the scope import_posts.")] = "",
    again: Annotated[bool, typer.Option("--again", help="From the first row, whatever was done before.")] = False,
) -> None:
    """Bring posts in: a JSON object a line with id, community, text; also title, author, created_at, score, parent_id.

    Interrupt it at any time: the same command goes on where it was.
    """
    if bool(url) != bool(token):
        raise typer.BadParameter("--url and --token go together")
    console = Console(highlight=False)
    remote = Remote(url.rstrip("/"), token) if url else None
    with ending_with_a_sentence(console):
        report = asyncio.run(import_file(file, read_settings(), console, remote, again=again))
    print_report(report, console)


@contextmanager
def ending_with_a_sentence(console: Console) -> Iterator[None]:
    """Ends the command with code 1 and the reason where an import cannot be done, with 130 at Ctrl-C."""
    try:
        yield
    except (NothingRuns, NotTaken, EOFError) as reason:
        console.print(str(reason), style="red", soft_wrap=True)
        raise typer.Exit(1) from reason
    except OSError as error:
        console.print(f"It cannot be read: {error}", style="red", soft_wrap=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as interrupt:
        console.print(
            "Interrupted. What was submitted goes its way; the same command continues behind it.", soft_wrap=True
        )
        raise typer.Exit(130) from interrupt


def print_report(report: Report, console: Console) -> None:
    """The end of the story."""
    console.print()
    for line in report.lines():
        console.print(line, soft_wrap=True)
