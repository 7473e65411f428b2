"""Turns expected errors into exit codes and a message on standard error."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from nats.errors import Error as BrokerError
from pydantic import ValidationError

from deploy.installation.admin_context import NotRunning
from deploy.installation.data_folder import AlreadyRunning
from deploy.installation.secret_files import WrongKey
from deploy.installation.settings import LauncherSettings
from deploy.local.preflight import CannotStart

# Why an installation cannot be reached that should run.
UNREACHABLE = (NotRunning, BrokerError)
# Why one cannot be worked on that may be at rest: its broker is started for the command.
UNAVAILABLE = (*UNREACHABLE, AlreadyRunning, CannotStart, WrongKey, OSError)


def read_settings() -> LauncherSettings:
    """The settings of this environment; ends the command with code 2 when one of them makes no sense."""
    try:
        return LauncherSettings()
    except ValidationError as error:
        for problem in error.errors():
            name = f"OTTIT_{str(problem['loc'][0]).upper()}"
            typer.echo(f"{name}={problem['input']}: {problem['msg']}", err=True)
        raise typer.Exit(2) from error


@contextmanager
def exit_on(*reasons: type[Exception], words: str = "{}") -> Iterator[None]:
    """Ends the command where one of these is raised; `words` are said, with the reason's own in place of `{}`."""
    try:
        yield
    except reasons as reason:
        typer.echo(words.format(reason), err=True)
        raise typer.Exit(1) from reason
