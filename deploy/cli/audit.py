"""`ottit audit`: checks the log for changes. Exit codes: 0 unchanged, 1 changed or not verifiable, 2 usage."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from deploy.cli.errors import UNAVAILABLE, exit_on, read_settings
from deploy.cli.progress import step_progress
from deploy.installation.signing_keys import audit_trusted_keys
from deploy.operations.audit import AuditResult, newest_checkpoint, verify_log
from deploy.operations.broker_on_demand import open_connection
from shared.policy.signing import Signed

audit = typer.Typer(help="Check the log against the signed checkpoints.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@audit.command()
def verify(
    stored: Annotated[
        Path | None, typer.Option("--with", help="A checkpoint printed earlier by `ottit audit head`.", exists=True)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recompute the hash chain over the log and name the first fact that differs. Detects changes, prevents none."""
    try:
        pinned = Signed.model_validate_json(stored.read_bytes()) if stored else None
    except ValidationError as error:
        raise typer.BadParameter(f"{stored} does not contain a checkpoint") from error
    with exit_on(*UNAVAILABLE):
        result = asyncio.run(_verify(pinned, quiet=as_json))
    typer.echo(json.dumps(asdict(result) | {"whole": result.intact}, indent=2) if as_json else _result_text(result))
    raise typer.Exit(0 if result.intact and (result.checkpoints or not result.facts) else 1)


@audit.command()
def head() -> None:
    """Print the newest checkpoint. Stored elsewhere, it later shows if the end of the log was cut off."""
    with exit_on(*UNAVAILABLE):
        checkpoint = asyncio.run(_head())
    if checkpoint is None:
        typer.echo("Nothing has been audited yet.", err=True)
        raise typer.Exit(1)
    typer.echo(checkpoint.model_dump_json())


async def _verify(stored: Signed | None, *, quiet: bool) -> AuditResult:
    async with open_connection(read_settings()) as connection:
        with step_progress(quiet=quiet) as on_progress:
            return await verify_log(
                connection.broker, audit_trusted_keys(connection.secrets_folder), on_progress, stored
            )


async def _head() -> Signed | None:
    async with open_connection(read_settings()) as connection:
        return await newest_checkpoint(connection.broker)


def _result_text(result: AuditResult) -> str:
    if result.first is not None:
        return f"The log does not match the checkpoints. First difference at sequence {result.first}: {result.why}."
    if result.why:
        return f"The log cannot be verified: {result.why}."
    if not result.checkpoints:
        return f"None of the {result.facts} facts has been audited yet. Moderation audits them a few seconds later."
    rest = result.facts - result.audited
    signed = f"{result.checkpoints} checkpoint{'' if result.checkpoints == 1 else 's'}"
    summary = f"The log matches the checkpoints: {result.audited} facts, {signed}."
    return summary if rest <= 0 else f"{summary} {rest} newer facts wait for the next checkpoint."
