"""`ottit import`: posts from a file."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy.cli.importing.start import Remote, import_file
from deploy.cli.importing.submit import NotTaken
from deploy.cli.operator import NothingRuns
from deploy.cli.settings import read_settings

REFUSED_SHOWN = 3


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
    run_import(file, Remote(url.rstrip("/"), token) if url else None, again=again)


def run_import(file: Path, remote: Remote | None = None, *, again: bool = False) -> None:
    """Import and print the report; ends the command with code 1 when it could not be done."""
    console = Console(highlight=False)
    try:
        report = asyncio.run(import_file(file, read_settings(), console, remote, again=again))
    except (NothingRuns, NotTaken) as reason:
        console.print(str(reason), style="red")
        raise typer.Exit(1) from reason
    except (OSError, EOFError) as error:
        console.print(f"{file} cannot be read: {error}", style="red")
        raise typer.Exit(1) from error
    except KeyboardInterrupt as interrupt:
        console.print("Interrupted. What was submitted goes its way; the same command continues behind it.")
        raise typer.Exit(130) from interrupt
    console.print()
    for line in report.lines():
        console.print(line)
