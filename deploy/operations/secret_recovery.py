"""Puts lost or damaged secrets back from a backup, and keeps those that are whole."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.installation.atomic_file import rename_durably, write_atomically
from deploy.installation.key_record import KeyRecord, read_record, record_file
from deploy.installation.secret_files import MASTER, NEXT_MASTER, check_secrets, secrets_folder
from deploy.installation.secret_forms import UnusableSecret
from deploy.installation.signing_keys import (
    AUDIT_PUBLIC_KEYS,
    AUDIT_SIGNING_KEY,
    NEXT_POLICY_SIGNING_KEY,
    POLICY_PUBLIC_KEYS,
    POLICY_SIGNING_KEY,
    create_audit_key,
    create_policy_keys,
)

# Files that only make sense together.
MASTER_GROUP = (MASTER, NEXT_MASTER)
POLICY_GROUP = (POLICY_SIGNING_KEY, NEXT_POLICY_SIGNING_KEY, POLICY_PUBLIC_KEYS)
AUDIT_GROUP = (AUDIT_SIGNING_KEY, AUDIT_PUBLIC_KEYS)
Files = Mapping[str, bytes]


def put_back(data: Path, saved: Mapping[str, str], given_key: str) -> list[str]:
    """Replace the groups of secrets that are not whole by the saved ones. Return the names of the written files.

    Replaced files stay beside them as `NAME.replaced-TIME`. Without a record nobody knows if a well-formed master key
    is the right one, so the saved one counts.

    Raises:
        UnusableSecret: no combination of present and saved files fits this installation. Nothing was written.
    """
    present, recorded = _present(data), read_record(data)
    backup = {name: content.encode("ascii") for name, content in saved.items()}
    master_choices = (present, backup) if recorded or MASTER not in backup else (backup,)
    reason = UnusableSecret("There are no secrets to put back.")
    for policy, audit, master in product((present, backup), (present, backup), master_choices):
        chosen = {**_only(master, MASTER_GROUP), **_only(policy, POLICY_GROUP), **_only(audit, AUDIT_GROUP)}
        try:
            _check(data, chosen, given_key, recorded)
        except UnusableSecret as error:
            reason = error
        else:
            return _write(data, chosen, present)
    raise UnusableSecret(f"These secrets are not those of this installation. {reason}")


def renew_signing_keys(data: Path, given_key: str) -> list[str]:
    """Create new signing keys for policies and for the auditor where they are not whole. Return the written files.

    Browsers then ask people whether to trust the new policy key, and checkpoints of the lost auditor's key cannot be
    verified any more.

    Raises:
        UnusableSecret: the master key is not whole either, which nothing can replace. Nothing was written.
    """
    present, recorded = _present(data), read_record(data)
    master = recorded.master if recorded else []
    fresh = _fresh_keys()
    reason = UnusableSecret("The signing keys are whole.")
    for policy, audit in product((present, fresh), repeat=2):
        chosen = {**_only(present, MASTER_GROUP), **_only(policy, POLICY_GROUP), **_only(audit, AUDIT_GROUP)}
        known = KeyRecord(
            master,
            recorded.policy if recorded and policy is present else [],
            recorded.audit if recorded and audit is present else [],
        )
        try:
            _check(data, chosen, given_key, known)
        except UnusableSecret as error:
            reason = error
            continue
        written = _write(data, chosen, present)
        if written:
            record_file(data).unlink(missing_ok=True)  # the next start checks the master key and records all keys
        return written
    raise reason


def _present(data: Path) -> Files:
    names = (*MASTER_GROUP, *POLICY_GROUP, *AUDIT_GROUP)
    return {name: file.read_bytes() for name in names if (file := secrets_folder(data) / name).is_file()}


def _only(files: Files, group: tuple[str, ...]) -> Files:
    return {name: files[name] for name in group if name in files}


def _fresh_keys() -> Files:
    with TemporaryDirectory() as made:
        folder = Path(made)
        create_policy_keys(folder)
        create_audit_key(folder)
        return {file.name: file.read_bytes() for file in folder.iterdir()}


def _check(data: Path, files: Files, given_key: str, recorded: KeyRecord | None) -> None:
    with _trial(data) as trial:
        for name, content in files.items():
            (secrets_folder(trial) / name).write_bytes(content)
        try:
            check_secrets(trial, given_key, recorded)
        except UnusableSecret as error:
            raise UnusableSecret(str(error).replace(str(trial), str(data))) from error


@contextmanager
def _trial(data: Path) -> Iterator[Path]:
    """Yield a folder like a data folder, on the same disk and as private as it."""
    trial = data / ".secrets-trial"
    shutil.rmtree(trial, ignore_errors=True)
    secrets_folder(trial).mkdir(mode=0o700, parents=True)
    try:
        yield trial
    finally:
        shutil.rmtree(trial, ignore_errors=True)


def _write(data: Path, chosen: Files, present: Files) -> list[str]:
    folder = secrets_folder(data)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = _aside_name()
    changed = [name for name in chosen if chosen[name] != present.get(name)]
    for name in (*MASTER_GROUP, *POLICY_GROUP, *AUDIT_GROUP):
        file = folder / name
        if file.exists() and (name not in chosen or name in changed):
            rename_durably(file, aside(file))
        if name in changed:
            write_atomically(file, chosen[name].decode("ascii"))
    return changed


def _aside_name() -> Callable[[Path], Path]:
    now = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    return lambda file: file.with_name(f"{file.name}.replaced-{now}")
