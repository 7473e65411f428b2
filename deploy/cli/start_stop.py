"""`ottit up` and `ottit down`."""

from typing import Annotated

import typer

from deploy.cli.errors import read_settings
from deploy.local.launcher import start, start_detached, stop
from deploy.local.terminal import Terminal


def up(
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Start in the background; return when ready.")] = False,
) -> None:
    """Start the broker and all services, print the URL, and run until Ctrl-C."""
    run = start_detached if detach else start
    raise typer.Exit(run(read_settings(), Terminal()))


def down() -> None:
    """Stop the installation on this data folder."""
    raise typer.Exit(stop(read_settings(), Terminal()))
