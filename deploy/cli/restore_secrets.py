"""`ottit restore-secrets`: puts lost or damaged secrets back. Exit codes: 0 done, 1 refused, 2 usage."""

import json
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.errors import UNAVAILABLE, exit_on, read_settings
from deploy.installation.admin_context import operator_secrets_folder
from deploy.installation.data_folder import FolderLock
from deploy.operations.backup_file import DamagedBackup
from deploy.operations.restore import read_secrets
from deploy.operations.secret_recovery import put_back, renew_signing_keys


def restore_secrets(
    file: Annotated[Path | None, typer.Argument(help="secrets.backup of this installation.")] = None,
    new_signing_keys: Annotated[
        bool,
        typer.Option("--new-signing-keys", help="Create new signing keys where they are lost. Needs no FILE."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Put lost or damaged secrets of a stopped installation back; secrets that are whole stay."""
    if (file is None) != new_signing_keys:
        raise typer.BadParameter("give a file, or --new-signing-keys")
    settings = read_settings()
    data = operator_secrets_folder(settings).parent
    lock = FolderLock(data)
    with exit_on(*UNAVAILABLE, DamagedBackup, message="Nothing was put back: {}"):
        lock.acquire()
        try:
            if file is None:
                written = renew_signing_keys(data, settings.master_key)
            else:
                written = put_back(data, read_secrets(file), settings.master_key)
        finally:
            lock.release()
    text = f"Written: {', '.join(written)}. The next start checks them against the data."
    typer.echo(json.dumps({"files": written}) if as_json else text if written else "All secrets are whole.")
