"""`ottit restore`: bring a backup back into an empty installation. Exit codes: 0 done, 1 refused, 2 usage."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.endings import UNAVAILABLE, ending
from deploy.cli.progress import bytes_told
from deploy.cli.settings import read_settings
from deploy.local.secret_files import MASTER
from deploy.operations.archive import Damaged
from deploy.operations.installation import Runs, installation
from deploy.operations.people import FILE, WrongMasterKey
from deploy.operations.restore import NotEmpty, Restored, TooOld, check_empty, open_backup
from deploy.operations.restore import restore as bring_back
from deploy.operations.secret_backup import put_secrets, read_secrets
from deploy.operations.snapshot import Broken
from shared.log.provision import OperatorSettings, ProvisionError

REFUSALS = (Runs, NotEmpty, TooOld, Damaged, WrongMasterKey, Broken, ProvisionError)


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `ottit backup` wrote.", exists=True, dir_okay=False)],
    people: Annotated[Path | None, typer.Option(help="The newest people.backup; by default the one beside it.")] = None,
    secrets: Annotated[Path | None, typer.Option(help="secrets.backup, on a machine that is new.", exists=True)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Check a backup byte by byte and load it. Services are stopped; nobody lives in the installation yet."""
    with ending(*UNAVAILABLE, *REFUSALS, words="Not restored: {}"):
        restored = asyncio.run(_restore(file, people or file.with_name(FILE), secrets, quiet=as_json))
    typer.echo(json.dumps(asdict(restored), indent=2) if as_json else _words(restored))


async def _restore(file: Path, people: Path, secrets: Path | None, *, quiet: bool) -> Restored:
    settings = read_settings()
    async with installation(settings, at_rest=True) as there:
        await check_empty(there.broker)
        kept = read_secrets(secrets) if secrets else {}
        # One that comes from OTTIT_MASTER_KEY is in no file.
        backup = open_backup(file, people, kept.get(MASTER, there.secrets.master_key).strip())
        put_secrets(kept, there.secrets_folder)
        sizes = {name: entry.size for name, entry in backup.manifest.streams.items()}
        with bytes_told(sizes, quiet=quiet) as tell:
            return await bring_back(there.broker, backup, tell, OperatorSettings().replicas)


def _words(restored: Restored) -> str:
    lines = [f"Facts up to {restored.last}, {restored.keys} people with their keys, {restored.accounts} can sign in."]
    if restored.erased_since:
        lines.append(f"{restored.erased_since} who were erased after the backup stay unreadable and were erased anew.")
    if restored.unknown:
        lines.append(f"{restored.unknown} signed up after the backup and are not known to it: they sign up again.")
    return "\n".join([*lines, "Start the services: each builds its view from the log. Everybody signs in again."])
