"""`ottit audit`: checks the log against signed checkpoints. Exit codes: 0 it matches, 1 it does not, 2 usage."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from deploy.cli.errors import UNAVAILABLE, exit_on, read_settings
from deploy.cli.progress import step_progress
from deploy.installation.signing_keys import audit_trusted_keys
from deploy.operations.audit import Accepted, accept_log, newest_checkpoint, verified_checkpoint
from deploy.operations.broker_on_demand import StillRunning, open_connection
from deploy.operations.restore import NotEmpty, check_stopped
from shared.audit.findings import AuditResult
from shared.audit.verification import verify_log
from shared.policy.signing import Signed, UntrustedSignature

audit = typer.Typer(help="Check the log against the signed checkpoints.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ABORTED = "The log could not be verified: {}"


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
    except (ValidationError, OSError) as error:
        raise typer.BadParameter(f"{stored} does not contain a checkpoint") from error
    untrusted = "The checkpoint given with --with is {}."
    with exit_on(*UNAVAILABLE, message=ABORTED), exit_on(UntrustedSignature, ValidationError, message=untrusted):
        result = asyncio.run(_verify(pinned, quiet=as_json))
    typer.echo(json.dumps(_as_json(result), indent=2) if as_json else _result_text(result))
    raise typer.Exit(0 if result.intact and (result.checkpoints or not result.facts) else 1)


@audit.command()
def head() -> None:
    """Print the newest checkpoint. Stored elsewhere, it later shows if the end of the log was cut off."""
    with exit_on(*UNAVAILABLE), exit_on(ValidationError, message="The newest checkpoint is damaged."):
        checkpoint = asyncio.run(_head())
    if checkpoint is None:
        typer.echo("Nothing has been audited yet.", err=True)
        raise typer.Exit(1)
    typer.echo(checkpoint.model_dump_json())


@audit.command()
def accept(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Accept a damaged log as it is and start a new chain. Only without a backup: what is lost stays lost."""
    if not yes:
        typer.confirm("Lost facts stay lost, and older checkpoints prove nothing any more. Continue?", abort=True)
    with exit_on(*UNAVAILABLE, StillRunning, NotEmpty, message="Nothing was changed: {}"):
        done = asyncio.run(_accept())
    typer.echo(
        f"The log ends at sequence {done.last}; {done.lost} facts before it are lost. The old checkpoints are in "
        f"{done.old_checkpoints}. The next start rebuilds the views and signs a new chain."
    )


async def _verify(pinned: Signed | None, *, quiet: bool) -> AuditResult:
    async with open_connection(read_settings()) as connection:
        trusted_keys = audit_trusted_keys(connection.secrets_folder)
        checkpoint = verified_checkpoint(pinned, trusted_keys) if pinned else None
        with step_progress(quiet=quiet) as on_progress:
            return await verify_log(connection.broker, trusted_keys, on_progress, pinned=checkpoint)


async def _head() -> Signed | None:
    async with open_connection(read_settings()) as connection:
        return await newest_checkpoint(connection.broker)


async def _accept() -> Accepted:
    settings = read_settings()
    async with open_connection(settings, stopped=True) as connection:
        await check_stopped(connection.broker)
        return await accept_log(connection.broker, settings.data)


def _as_json(result: AuditResult) -> dict[str, object]:
    numbers = {"facts": result.facts, "checkpoints": result.checkpoints, "audited": result.audited}
    return numbers | {"first": result.first, "findings": result.findings, "whole": result.intact}


def _result_text(result: AuditResult) -> str:
    if result.log_findings:
        return "\n".join(["The log does not match the checkpoints.", *result.findings])
    if result.checkpoint_problems:
        return "\n".join(["The log cannot be verified completely.", *result.findings])
    if not result.checkpoints:
        return f"None of the {result.facts} facts has been audited yet. Moderation audits them a few seconds later."
    rest = result.facts - result.audited
    signed = f"{result.checkpoints} checkpoint{'' if result.checkpoints == 1 else 's'}"
    summary = f"The log matches the checkpoints: {result.audited} facts, {signed}."
    return summary if rest <= 0 else f"{summary} {rest} newer facts wait for the next checkpoint."
