"""`ottit audit`: is the log what it was? Exit codes: 0 it is, 1 it is not or cannot be told, 2 usage."""

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
from deploy.operations.audit import AuditResult, newest_checkpoint
from deploy.operations.audit import verify_log as compare
from deploy.operations.connection import open_connection
from shared.policy.signing import Signed

audit = typer.Typer(help="Compare the log with what was signed.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@audit.command()
def verify(
    kept: Annotated[
        Path | None, typer.Option("--with", help="A checkpoint that `ottit audit head` once printed.", exists=True)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recompute the chain over every stored fact and name the first that differs. Tamper-evident, not tamper-proof."""
    try:
        pinned = Signed.model_validate_json(kept.read_bytes()) if kept else None
    except ValidationError as error:
        raise typer.BadParameter(f"{kept} holds no checkpoint") from error
    with exit_on(*UNAVAILABLE):
        verdict = asyncio.run(_verify(pinned, quiet=as_json))
    typer.echo(json.dumps(asdict(verdict) | {"whole": verdict.intact}, indent=2) if as_json else _result_text(verdict))
    raise typer.Exit(0 if verdict.intact and (verdict.checkpoints or not verdict.facts) else 1)


@audit.command()
def head() -> None:
    """Print the newest checkpoint. Kept elsewhere, it shows later whether the end of the log was cut off."""
    with exit_on(*UNAVAILABLE):
        found = asyncio.run(_head())
    if found is None:
        typer.echo("Nothing was audited yet.", err=True)
        raise typer.Exit(1)
    typer.echo(found.model_dump_json())


async def _verify(kept: Signed | None, *, quiet: bool) -> AuditResult:
    async with open_connection(read_settings()) as connection:
        with step_progress(quiet=quiet) as tell:
            return await compare(connection.broker, audit_trusted_keys(connection.secrets_folder), tell, kept)


async def _head() -> Signed | None:
    async with open_connection(read_settings()) as connection:
        return await newest_checkpoint(connection.broker)


def _result_text(verdict: AuditResult) -> str:
    if verdict.first is not None:
        return f"The log differs from what was signed. First at sequence {verdict.first}: {verdict.why}."
    if verdict.why:
        return f"It cannot be told: {verdict.why}."
    if not verdict.checkpoints:
        return f"None of the {verdict.facts} facts was audited yet: moderation does that, a few seconds behind."
    rest = verdict.facts - verdict.audited
    signed = f"{verdict.checkpoints} checkpoint{'' if verdict.checkpoints == 1 else 's'}"
    said = f"The log is what was signed: {verdict.audited} facts, {signed}."
    return said if rest <= 0 else f"{said} {rest} newer facts await the next checkpoint."
