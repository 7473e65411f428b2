"""`ottit provision`: make the broker run what is declared."""

import asyncio

import typer

from deploy.cli.operator import NothingRuns, operator
from deploy.cli.settings import read_settings
from shared.provision import OperatorSettings, Refused
from shared.provision import provision as apply


def provision() -> None:
    """Create or update streams, buckets and consumers at the running broker. `ottit up` does this by itself."""
    try:
        for line in asyncio.run(_provision()) or ["Nothing to do: all is as declared."]:
            typer.echo(line)
    except (NothingRuns, Refused) as reason:
        typer.echo(str(reason), err=True)
        raise typer.Exit(1) from reason


async def _provision() -> list[str]:
    async with operator(read_settings()) as hands:
        return await apply(hands.broker, OperatorSettings().replicas)
