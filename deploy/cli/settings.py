"""The launcher's settings for a command: what is wrong with them is said in a line each."""

import typer
from pydantic import ValidationError

from deploy.local.settings import LauncherSettings


def read_settings() -> LauncherSettings:
    """The settings of this environment; ends the command with code 2 when one of them makes no sense."""
    try:
        return LauncherSettings()
    except ValidationError as error:
        for problem in error.errors():
            name = f"OTTIT_{str(problem['loc'][0]).upper()}"
            typer.echo(f"{name}={problem['input']}: {problem['msg']}", err=True)
        raise typer.Exit(2) from error
