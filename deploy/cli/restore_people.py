"""`ottit restore-people`: puts lost data keys and credentials back. Exit codes: 0 all is whole, 1 not, 2 usage."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.errors import UNAVAILABLE, exit_on, read_settings
from deploy.operations.backup_file import DamagedBackup
from deploy.operations.broker_on_demand import StillRunning, open_connection
from deploy.operations.lost_people import PutBack, put_back_people
from deploy.operations.people_file import WrongMasterKey, read_people
from deploy.operations.restore import NotEmpty, check_stopped
from shared.log.provision import OperatorSettings, ProvisionError, provision

REFUSALS = (StillRunning, NotEmpty, DamagedBackup, WrongMasterKey, ProvisionError)


def restore_people(
    file: Annotated[Path, typer.Argument(help="The newest people.backup.", exists=True, dir_okay=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Put lost data keys and credentials of a stopped installation back; whole ones and the log stay."""
    with exit_on(*UNAVAILABLE, *REFUSALS, message="Nothing was put back: {}"):
        done = asyncio.run(_restore(file))
    typer.echo(json.dumps(asdict(done)) if as_json else _text(done))
    if done.still_lost:
        raise typer.Exit(1)


async def _restore(file: Path) -> PutBack:
    async with open_connection(read_settings(), stopped=True) as connection:
        master_key, replicas = connection.secrets.master_key, OperatorSettings().replicas
        people = read_people(file, master_key)
        await check_stopped(connection.broker)
        await provision(connection.broker, replicas)  # finishes what an interrupted run of this command began
        return await put_back_people(connection.broker, people, master_key, replicas)


def _text(done: PutBack) -> str:
    lines = [f"Put back: {done.keys} data keys, {done.accounts} accounts. A view without their texts is rebuilt."]
    if done.still_lost:
        lines.append(
            f"{done.still_lost} users still lack a key or credentials: this file does not have them. Try another one."
        )
    return "\n".join(lines)
