"""The installation's irreplaceable secrets in one file: whoever has it and a backup can read everything."""

import json
from pathlib import Path

from deploy.local.secret_files import PASSWORD_OF
from deploy.local.whole_file import write_whole
from deploy.operations.archive import Damaged
from deploy.policy.keys import SIGNING

FILE = "secrets.backup"
# Passwords of the broker's users are made anew wherever they are missing.
REPLACEABLE = PASSWORD_OF


def save_secrets(folder: Path, file: Path) -> list[str]:
    """Write every secret that cannot be made again; their names."""
    found = {
        path.name: path.read_text(encoding="ascii")
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.startswith((REPLACEABLE, "."))
    }
    write_whole(file, json.dumps(found, indent=1))
    return list(found)


def read_secrets(file: Path) -> dict[str, str]:
    """File name → content. Raises Damaged where it is no such file."""
    try:
        found = json.loads(file.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise Damaged(f"{file} cannot be read: {type(error).__name__}") from error
    if not isinstance(found, dict) or SIGNING not in found or any("/" in name for name in found):
        raise Damaged(f"{file} holds no secrets of an installation")
    return {str(name): str(content) for name, content in found.items()}


def put_secrets(secrets: dict[str, str], folder: Path) -> None:
    """Take the place of those of an empty installation: nothing was sealed with them yet."""
    for name, content in secrets.items():
        write_whole(folder / name, content)
