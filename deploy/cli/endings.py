"""How a command ends that cannot be done: with code 1 and a sentence on standard error."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from nats.errors import Error as BrokerError

from deploy.cli.operator import NothingRuns
from deploy.local.lock import AlreadyRunning
from deploy.local.preflight import CannotStart
from deploy.local.secret_files import WrongKey

# Why an installation cannot be reached that should run.
UNREACHABLE = (NothingRuns, BrokerError)
# Why one cannot be worked on that may be at rest: its broker is started for the command.
UNAVAILABLE = (*UNREACHABLE, AlreadyRunning, CannotStart, WrongKey, OSError)


@contextmanager
def ending(*reasons: type[Exception], words: str = "{}") -> Iterator[None]:
    """Ends the command where one of these is raised; `words` are said, with the reason's own in place of `{}`."""
    try:
        yield
    except reasons as reason:
        typer.echo(words.format(reason), err=True)
        raise typer.Exit(1) from reason
