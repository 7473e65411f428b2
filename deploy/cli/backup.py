"""`ottit backup`: save what cannot be built again. Exit codes: 0 done, 1 not done, 2 usage."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.endings import UNAVAILABLE, ending
from deploy.cli.operator import policy_secrets
from deploy.cli.progress import Tell, bytes_told
from deploy.cli.settings import read_settings
from deploy.operations import secret_backup
from deploy.operations.backup import Made, make_backup, save_people
from deploy.operations.installation import installation
from deploy.operations.people import FILE
from deploy.operations.snapshot import Broken

WARNING = "This file opens everything: keep it apart from the backups, and safe."


def backup(
    place: Annotated[Path, typer.Argument(help="A folder, or the file to write. people.backup lies beside it.")],
    previews: Annotated[bool, typer.Option("--previews", help="Also what clients saw before they submitted.")] = False,
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="Also the master key and the signing keys, in secrets.backup.")
    ] = False,
    people_only: Annotated[
        bool, typer.Option("--people-only", help="Only replace people.backup: at once after an erasure.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Save the log, votes, policies and people, while everything runs or while nothing does."""
    folder = place if place.is_dir() or not place.suffix else place.parent
    file = folder / f"ottit-{datetime.now(UTC):%Y%m%d-%H%M%S}.backup" if folder == place else place
    if file.name == FILE:
        raise typer.BadParameter(f"{FILE} is the name of the file beside it")
    with ending(*UNAVAILABLE, Broken, words="Nothing was backed up: {}"), bytes_told(quiet=as_json) as tell:
        report = asyncio.run(_people(folder) if people_only else _backup(file, tell, previews=previews))
    if with_secrets:
        with ending(OSError, words="The secrets were not backed up: {}"):
            names = secret_backup.save_secrets(policy_secrets(read_settings()), folder / secret_backup.FILE)
        typer.echo(f"{folder / secret_backup.FILE}: {', '.join(names)}. {WARNING}", err=True)
    typer.echo(json.dumps(report, indent=2) if as_json else _words(report))


async def _backup(file: Path, tell: Tell, *, previews: bool) -> dict[str, object]:
    async with installation(read_settings()) as there:
        made = await make_backup(there.broker, file, there.secrets.master_key, tell, previews=previews)
        return _report(made)


async def _people(folder: Path) -> dict[str, object]:
    async with installation(read_settings()) as there:
        persons = await save_people(there.broker, folder, there.secrets.master_key)
        return {"people": str(folder / FILE), "persons": persons}


def _report(made: Made) -> dict[str, object]:
    streams = {name: entry.saved.state["messages"] for name, entry in made.manifest.streams.items()}
    return {
        "file": str(made.file),
        "bytes": made.file.stat().st_size,
        "last_sequence": made.manifest.last,
        "streams": streams,
        "people": str(made.people),
        "persons": made.persons,
    }


def _words(report: dict[str, object]) -> str:
    lines = []
    if "file" in report:
        lines.append(f"{report['file']}: facts up to {report['last_sequence']}, {report['bytes']:,} bytes")
    lines.append(f"{report['people']}: {report['persons']} people. Replace every copy of it with this one.")
    lines.append("Neither opens without the master key, which is not in them: keep a copy of it elsewhere.")
    return "\n".join(lines)
