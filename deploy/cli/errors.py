"""Turns expected errors into exit codes and a message on standard error."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from nats.errors import Error as BrokerError
from pydantic import ValidationError

from deploy.installation.admin_context import NotRunning
from deploy.installation.data_folder import AlreadyRunning
from deploy.installation.settings import LauncherSettings
from deploy.local.preflight import CannotStart
from shared.log.integrity import LogDamaged
from shared.problems import StartRefused

# Errors of commands that need a running installation and may append to its log.
UNREACHABLE = (NotRunning, LogDamaged, BrokerError, StartRefused)
# Errors of commands that also work on a stopped installation, whose broker they start.
UNAVAILABLE = (*UNREACHABLE, AlreadyRunning, CannotStart, OSError)


def read_settings() -> LauncherSettings:
    """Read the settings from the environment. Exits with code 2 and a line for each invalid setting."""
    try:
        return LauncherSettings()
    except ValidationError as error:
        for problem in error.errors():
            name = f"OTTIT_{str(problem['loc'][0]).upper()}"
            typer.echo(f"{name}={problem['input']}: {problem['msg']}", err=True)
        raise typer.Exit(2) from error


@contextmanager
def exit_on(*reasons: type[Exception], message: str = "{}") -> Iterator[None]:
    """Exit with code 1 on these exceptions and print `message`, with the exception's text in place of `{}`."""
    try:
        yield
    except reasons as reason:
        typer.echo(message.format(reason), err=True)
        raise typer.Exit(1) from reason
