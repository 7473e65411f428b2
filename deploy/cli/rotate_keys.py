"""`ottit rotate-keys`: new keys and passwords. Exit codes: 0 done, 1 not done, 2 usage."""

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
from deploy.installation.secret_files import forget_passwords
from deploy.installation.signing_keys import rotate_audit_key
from deploy.operations.connection import StillRunning, open_connection
from deploy.operations.master_key import MasterKeyNotStored, Rotated, rotate_master_key
from deploy.operations.restore import NotEmpty, check_stopped

rotate_keys = typer.Typer(help="New keys and passwords. Says what has to be restarted.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
T = TypeVar("T")


@rotate_keys.command()
def master(as_json: AsJson = False) -> None:
    """Wrap every data key with a new master key. Services are stopped; a run that was cut off goes on."""
    done = _run(_master(quiet=as_json))
    words = (
        f"{done.wrapped} data keys are wrapped anew, {done.before} were already. The old master key opens nothing.\n"
        "Start everything again, then `ottit backup`: older files people.backup open with the old key only."
    )
    typer.echo(json.dumps(asdict(done)) if as_json else words)


@rotate_keys.command()
def passwords(as_json: AsJson = False) -> None:
    """New passwords for every user of the broker, made at the next start. Nothing may run."""
    names = _run(_passwords())
    words = "The next start makes new passwords: `make up`, or `docker compose up -d --force-recreate`."
    typer.echo(json.dumps({"users": names}) if as_json else words)


@rotate_keys.command()
def audit(as_json: AsJson = False) -> None:
    """A new key for the auditor. What the old one signed stays believed."""
    with exit_on(OSError):
        key_id = rotate_audit_key(operator_secrets_folder(read_settings()))
    words = f"Checkpoints are signed with the key {key_id} from the next start of moderation on."
    typer.echo(json.dumps({"key_id": key_id}) if as_json else words)


rotate_keys.command("policy")(rotate_policy_key)


async def _master(*, quiet: bool) -> Rotated:
    async with open_connection(read_settings(), at_rest=True) as connection:
        await check_stopped(connection.broker)
        with step_progress(quiet=quiet) as tell:
            return await rotate_master_key(connection.broker, connection.secrets_folder, tell)


async def _passwords() -> list[str]:
    async with open_connection(read_settings(), at_rest=True) as connection:
        await check_stopped(connection.broker)
        return forget_passwords(connection.secrets_folder)


def _run(work: Coroutine[Any, Any, T]) -> T:
    with exit_on(*UNAVAILABLE, StillRunning, NotEmpty, MasterKeyNotStored):
        return asyncio.run(work)
