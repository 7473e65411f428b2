"""`ottit losses`: lists and accepts what the broker has lost. Exit codes: 0 none is left, 1 some is, 2 usage."""

import asyncio
from typing import Annotated

import typer

from deploy.cli.errors import UNAVAILABLE, exit_on, read_settings
from deploy.operations.broker_on_demand import StillRunning, open_connection
from deploy.operations.losses import accept_and_rewrite
from deploy.operations.restore import NotEmpty, check_stopped
from shared.log.provision import OperatorSettings, ProvisionError, RestoreUnfinished
from shared.log.stored_marks import stored_losses

losses = typer.Typer(help="List what streams and buckets have lost, and accept it.", no_args_is_help=True)


@losses.command(name="list")
def list_losses() -> None:
    """Print a sentence about each stream that has lost messages. The log itself: `ottit audit verify`."""
    with exit_on(*UNAVAILABLE):
        found = asyncio.run(_list())
    typer.echo("\n".join(found.values()) or "No losses are reported.")
    raise typer.Exit(1 if found else 0)


@losses.command()
def accept(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Take the streams of a stopped installation as they are, without the messages that cannot be read."""
    if not yes:
        typer.confirm("What is lost stays lost, unless a backup has it. Continue?", abort=True)
    with exit_on(*UNAVAILABLE, StillRunning, NotEmpty, ProvisionError, RestoreUnfinished, message="Stopped: {}"):
        done = asyncio.run(_accept())
    typer.echo("\n".join(f"Accepted: {sentence}" for sentence in done.values()) or "No losses were reported.")


async def _list() -> dict[str, str]:
    async with open_connection(read_settings()) as connection:
        return await stored_losses(connection.broker)


async def _accept() -> dict[str, str]:
    async with open_connection(read_settings(), stopped=True) as connection:
        await check_stopped(connection.broker)
        return await accept_and_rewrite(connection.broker, OperatorSettings().replicas)
