"""`ottit up`: start everything."""

from typing import Annotated

import typer

from deploy.cli.settings import read_settings
from deploy.local.terminal import Terminal
from deploy.local.up import run_detached, run_up


def up(
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Start in the background, return when ready.")] = False,
) -> None:
    """Start the broker and all services, print the URL, run until Ctrl-C."""
    run = run_detached if detach else run_up
    raise typer.Exit(run(read_settings(), Terminal()))
