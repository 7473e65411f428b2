"""`ottit rotate-keys`: replaces keys and passwords. Exit codes: 0 done, 1 failed, 2 usage."""

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import asdict
from typing import Annotated, Any, TypeVar

import typer

from deploy.cli.errors import UNAVAILABLE, exit_on, read_settings
from deploy.cli.policy import rotate as rotate_policy_key
from deploy.cli.progress import step_progress
from deploy.installation.admin_context import operator_secrets_folder
from deploy.installation.passwords import forget_passwords
from deploy.installation.signing_keys import rotate_audit_key
from deploy.operations.broker_on_demand import StillRunning, open_connection
from deploy.operations.master_key import MasterKeyNotStored, Rotated, rotate_master_key
from deploy.operations.restore import NotEmpty, check_stopped
from shared.problems import StartRefused

rotate_keys = typer.Typer(help="Replace keys and passwords.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
T = TypeVar("T")


@rotate_keys.command()
def master(as_json: AsJson = False) -> None:
    """Wrap every data key with a new master key. Stop the services first; continues an interrupted run."""
    done = _run(_master(quiet=as_json))
    text = (
        f"{done.wrapped} data keys rewrapped in this run, {done.before} in an earlier one. "
        "The old master key no longer opens anything.\n"
        "Start everything, then run `ottit backup`: older people.backup files open only with the old key."
    )
    typer.echo(json.dumps(asdict(done)) if as_json else text)


@rotate_keys.command()
def passwords(as_json: AsJson = False) -> None:
    """Delete all passwords that Ottit created; the next start creates new ones. Needs a stopped installation.

    They are those of the broker's users and, in containers, of Qdrant, Jaeger and Grafana.
    """
    names = _run(_passwords())
    text = "The next start creates new passwords: `make up`, or `docker compose up -d --force-recreate`."
    typer.echo(json.dumps({"users": names}) if as_json else text)


@rotate_keys.command()
def audit(as_json: AsJson = False) -> None:
    """Create a new key for the auditor. Checkpoints of the old key stay valid."""
    with exit_on(OSError, StartRefused):
        key_id = rotate_audit_key(operator_secrets_folder(read_settings()))
    text = f"Moderation signs checkpoints with the key {key_id} after its next start."
    typer.echo(json.dumps({"key_id": key_id}) if as_json else text)


rotate_keys.command("policy")(rotate_policy_key)


async def _master(*, quiet: bool) -> Rotated:
    async with open_connection(read_settings(), stopped=True) as connection:
        await check_stopped(connection.broker)
        with step_progress(quiet=quiet) as on_progress:
            return await rotate_master_key(connection.broker, connection.secrets_folder, on_progress)


async def _passwords() -> list[str]:
    async with open_connection(read_settings(), stopped=True) as connection:
        await check_stopped(connection.broker)
        return forget_passwords(connection.secrets_folder)


def _run(work: Coroutine[Any, Any, T]) -> T:
    with exit_on(*UNAVAILABLE, StillRunning, NotEmpty, MasterKeyNotStored):
        return asyncio.run(work)
