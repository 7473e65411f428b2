"""`ottit provision`: make the broker run what is declared."""

import asyncio

import typer

from deploy.cli.endings import UNREACHABLE, ending
from deploy.cli.operator import operator
from deploy.cli.settings import read_settings
from shared.log.provision import OperatorSettings, ProvisionError
from shared.log.provision import provision as apply


def provision() -> None:
    """Create or update streams, buckets and consumers at the running broker. `ottit up` does this by itself."""
    with ending(*UNREACHABLE, ProvisionError):
        done = asyncio.run(_provision())
    typer.echo("\n".join(done or ["Nothing to do: all is as declared."]))


async def _provision() -> list[str]:
    async with operator(read_settings()) as hands:
        return await apply(hands.broker, OperatorSettings().replicas)
