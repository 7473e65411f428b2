"""Passwords that Ottit creates: for the users of its broker, and for the programs of others beside it in containers.

A lost or damaged one is replaced, because only the two sides that read it at their start need it.
"""

import secrets
from pathlib import Path

from deploy.installation.atomic_file import write_atomically
from deploy.installation.secret_forms import PASSWORD, DamagedSecret, read_secret

PREFIX = "broker-"
# File names: the key of the Qdrant server, what services send spans with, and what people open traces and dashboards
# with.
INDEX_KEY, SPANS, TRACES, DASHBOARDS = "index-key", "spans-password", "traces-password", "dashboards-password"
BESIDE = (INDEX_KEY, SPANS, TRACES, DASHBOARDS)


def open_password(file: Path, notes: list[str]) -> str:
    """Return a password. A missing or damaged one is replaced; `notes` says so of a damaged one.

    Raises:
        DamagedSecret: the file cannot be replaced.
    """
    if file.is_dir():
        raise DamagedSecret(file, "is a folder, not a file", "Remove it; the next start creates a new password.")
    if file.exists():
        try:
            return read_password(file)
        except DamagedSecret as damage:
            notes.append(f"The secret {file} {damage.reason}. It was replaced by a new password.")
    # It begins with a letter: the broker's configuration reads digits as a number.
    password = f"p{secrets.token_hex(24)}"
    write_atomically(file, password)
    return password


def read_password(file: Path) -> str:
    """Return an existing password. Raises DamagedSecret."""
    try:
        return read_secret(file, PASSWORD, "a password that Ottit created")
    except DamagedSecret as damage:
        raise DamagedSecret(file, damage.reason, "A stop and a start create a new password.") from damage


def open_passwords_beside(folder: Path, notes: list[str]) -> dict[str, str]:
    """Return file name → password for the programs of others. Missing ones are created."""
    return {name: open_password(folder / name, notes) for name in BESIDE}


def forget_passwords(folder: Path) -> list[str]:
    """Delete all passwords; the next start creates new ones. Return whose they were."""
    files = [*sorted(folder.glob(f"{PREFIX}*")), *(folder / name for name in BESIDE if (folder / name).exists())]
    for file in files:
        file.unlink()
    return [file.name.removeprefix(PREFIX) for file in files]
