"""`ottit down`: stop everything."""

import typer

from deploy.cli.settings import read_settings
from deploy.local.terminal import Terminal
from deploy.local.up import run_down


def down() -> None:
    """Stop what `ottit up` started on this data folder."""
    raise typer.Exit(run_down(read_settings(), Terminal()))
