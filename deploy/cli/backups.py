"""`ottit backup` and `ottit restore`. Exit codes: 0 done, 1 failed or refused, 2 usage."""

import asyncio
import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.errors import UNAVAILABLE, exit_on, read_settings
from deploy.cli.progress import OnBytes, byte_progress
from deploy.installation.admin_context import operator_secrets_folder
from deploy.installation.atomic_file import sync_folder
from deploy.installation.secret_files import MASTER
from deploy.operations.backup import SECRETS_FILE, CreatedBackup, make_backup, save_people, save_secrets
from deploy.operations.backup_check import DamagedInstallation
from deploy.operations.backup_file import DamagedBackup
from deploy.operations.backup_place import DiskFull, VanishingPlace, check_place, explained_full_disk
from deploy.operations.broker_on_demand import StillRunning, open_connection
from deploy.operations.people_file import PEOPLE_FILE, UnknownPerson, WrongMasterKey, erase_people
from deploy.operations.restore import (
    NotEmpty,
    PeopleFileTooOld,
    Restored,
    begin_restore,
    check_empty,
    finish_restore,
    open_backup,
    read_secrets,
    write_secrets,
)
from deploy.operations.restore import restore as bring_back
from deploy.operations.stream_snapshot import SnapshotFailed
from shared.log.provision import OperatorSettings, ProvisionError

WARNING = "This file unlocks all data: store it safely, away from the backups."
REFUSALS = (
    StillRunning,
    NotEmpty,
    PeopleFileTooOld,
    DamagedBackup,
    WrongMasterKey,
    UnknownPerson,
    SnapshotFailed,
    ProvisionError,
)


def backup(
    place: Annotated[Path, typer.Argument(help="A folder, or the file to write. people.backup is written beside it.")],
    previews: Annotated[
        bool, typer.Option("--previews", help="Include previews that clients showed before a submission.")
    ] = False,
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="Also write secrets.backup with the master key and the signing keys.")
    ] = False,
    people_only: Annotated[
        bool, typer.Option("--people-only", help="Replace only people.backup, for example after an erasure.")
    ] = False,
    vanishing: Annotated[
        bool, typer.Option("--vanishing", help="Accept a place that is deleted with its container.")
    ] = False,
    damaged: Annotated[
        bool, typer.Option("--damaged", help="Save what is left of a damaged installation; see docs/operations.md.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Save the log, votes, policies and people. Works on a running or a stopped installation."""
    folder = place if place.is_dir() or not place.suffix else place.parent
    file = folder / f"ottit-{datetime.now(UTC):%Y%m%d-%H%M%S}.backup" if folder == place else place
    if file.name == PEOPLE_FILE:
        raise typer.BadParameter(f"{PEOPLE_FILE} is reserved for the file beside it; choose another name")
    if not vanishing:
        with exit_on(VanishingPlace, message="Nothing was backed up: {}"):
            check_place(folder)
    with (
        exit_on(*UNAVAILABLE, DamagedInstallation, SnapshotFailed, DiskFull, message="Nothing was backed up: {}"),
        explained_full_disk(folder),
        byte_progress(quiet=as_json) as on_bytes,
    ):
        work = (
            _people_only(folder, damaged=damaged)
            if people_only
            else _backup(file, on_bytes, previews=previews, damaged=damaged)
        )
        report = asyncio.run(work)
    if with_secrets:
        with exit_on(OSError, message="The secrets were not backed up: {}"):
            names = save_secrets(operator_secrets_folder(read_settings()), folder / SECRETS_FILE)
        typer.echo(f"{folder / SECRETS_FILE}: {', '.join(names)}. {WARNING}", err=True)
    typer.echo(json.dumps(report, indent=2) if as_json else _backup_text(report))


async def _backup(file: Path, on_bytes: OnBytes, *, previews: bool, damaged: bool) -> dict[str, object]:
    async with open_connection(read_settings()) as connection:
        created = await make_backup(
            connection.broker, file, connection.secrets.master_key, on_bytes, previews=previews, damaged=damaged
        )
        return _backup_report(created)


async def _people_only(folder: Path, *, damaged: bool) -> dict[str, object]:
    async with open_connection(read_settings()) as connection:
        count = await save_people(connection.broker, folder, connection.secrets.master_key, damaged=damaged)
        return {"people": str(folder / PEOPLE_FILE), "persons": count}


def _backup_report(backup: CreatedBackup) -> dict[str, object]:
    streams = {name: entry.saved.state["messages"] for name, entry in backup.manifest.streams.items()}
    return {
        "file": str(backup.file),
        "bytes": backup.file.stat().st_size,
        "last_sequence": backup.manifest.last,
        "streams": streams,
        "people": str(backup.people),
        "persons": backup.persons,
    }


def _backup_text(report: dict[str, object]) -> str:
    lines = []
    if "file" in report:
        lines.append(f"{report['file']}: facts up to {report['last_sequence']}, {report['bytes']:,} bytes")
    lines.append(f"{report['people']}: {report['persons']} people. Replace all older copies with this file.")
    lines.append("Both need the master key, which they do not contain: keep a copy of it elsewhere.")
    return "\n".join(lines)


def restore(
    file: Annotated[Path, typer.Argument(help="A file written by `ottit backup`.", exists=True, dir_okay=False)],
    people: Annotated[Path | None, typer.Option(help="The newest people.backup. Default: the one beside FILE.")] = None,
    secrets: Annotated[Path | None, typer.Option(help="secrets.backup, needed on a new machine.", exists=True)] = None,
    erase: Annotated[
        list[str] | None,
        typer.Option(metavar="HANDLE", help="Erase a person whose erasure people.backup does not know. Repeatable."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check a backup byte by byte and load it into an empty installation whose services are stopped."""
    with exit_on(*UNAVAILABLE, *REFUSALS, message="Not restored: {}"):
        restored = asyncio.run(
            _restore(file, people or file.with_name(PEOPLE_FILE), secrets, erase or [], quiet=as_json)
        )
    typer.echo(json.dumps(asdict(restored), indent=2) if as_json else _restore_text(restored))


async def _restore(file: Path, people: Path, secrets: Path | None, erase: list[str], *, quiet: bool) -> Restored:
    settings = read_settings()
    async with open_connection(settings, stopped=True) as connection:
        await check_empty(connection.broker)
        restored_secrets = read_secrets(secrets) if secrets else {}
        # A master key from OTTIT_MASTER_KEY is in no file.
        backup = open_backup(file, people, restored_secrets.get(MASTER, connection.secrets.master_key).strip())
        backup = replace(backup, people=erase_people(backup.people, erase))
        await begin_restore(connection.broker)
        write_secrets(restored_secrets, connection.secrets_folder)
    sizes = {name: entry.size for name, entry in backup.manifest.streams.items()}
    # Nothing is acknowledged to anybody yet, so a broker that runs only for this need not sync every message.
    async with open_connection(settings, stopped=True, unsynced=True) as connection:
        with byte_progress(sizes, quiet=quiet) as on_bytes:
            restored = await bring_back(connection.broker, backup, on_bytes, OperatorSettings().replicas)
    if not connection.running:
        await asyncio.to_thread(sync_folder, settings.data)
    async with open_connection(settings, stopped=True) as connection:
        await finish_restore(connection.broker, restored)
    return restored


def _restore_text(restored: Restored) -> str:
    lines = [
        f"Restored facts up to {restored.last}, {restored.keys} people with their keys, {restored.accounts} accounts."
    ]
    if restored.erased_since:
        lines.append(f"{restored.erased_since} people were erased after the backup: the erasures were repeated.")
    lines.append(
        f"people.backup is of {restored.people_made_at} and knows of no later erasure. If anybody was erased since, "
        "delete the data folder and restore again with a newer people.backup, or with `--erase HANDLE` for each."
    )
    if restored.unknown:
        lines.append(f"{restored.unknown} accounts are newer than the backup: these people have to sign up again.")
    return "\n".join(
        [*lines, "Start the services: they rebuild their views from the log. Everybody has to sign in again."]
    )
