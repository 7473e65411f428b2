"""The secrets of an installation: created once, kept in the data folder, readable only by their owner."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.installation.atomic_file import read_or_create
from deploy.installation.signing_keys import open_audit_key, open_policy_keys

# Who answers browsers comes last: by then those whom it asks are on their way.
SERVICES = ("moderation", "embeddings", "ranking", "gateway")
READS_POLICIES = frozenset({"gateway", "moderation"})
OPENS_SEALED_TEXT = frozenset({"gateway", "moderation", "embeddings"})
AUDITS = "moderation"
# The present master key; the one that is taking its place; the password of a user of the broker.
MASTER, NEXT_MASTER, PASSWORD_PREFIX = "master-key", "master-key.next", "broker-"
OPERATOR = "operator"  # the broker user that may declare streams; provisioning and the command line are it
ACTOR = f"{OPERATOR}:local"  # who wrote what the command line writes to the log


class WrongKey(Exception):
    """The key given is not the one that this data folder was sealed with."""


@dataclass(frozen=True)
class Secrets:
    """The master key as 64 hexadecimal digits, a password for each user of the broker, policies' public keys, and the
    seed of the key that moderation signs checkpoints of the log with."""

    master_key: str
    passwords: dict[str, str]
    policy_keys: str = ""
    audit_key: str = ""


def open_secrets(data: Path, services: Sequence[str], given_key: str = "") -> Secrets:
    """The secrets of a data folder; those that are missing are made.

    Raises:
        WrongKey: `given_key` is another one than this folder's.
    """
    folder = secrets_folder(data)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    passwords = {
        name: read_or_create(folder / f"{PASSWORD_PREFIX}{name}", _new_password()) for name in (OPERATOR, *services)
    }
    public = open_policy_keys(folder).trusted_keys.dump()
    return Secrets(_master_key(folder / MASTER, given_key), passwords, public, open_audit_key(folder))


def secrets_folder(data: Path) -> Path:
    """Where the secrets of a data folder lie."""
    return data / "secrets"


def _master_key(file: Path, given: str) -> str:
    if given and not file.exists():
        return given  # kept outside by who gave it, so never written here
    key = read_or_create(file, secrets.token_hex(32))
    if given and given != key:
        raise WrongKey(
            f"OTTIT_MASTER_KEY is not the key in {file}: what was sealed with one cannot be opened with the other. "
            "Unset the variable, or use another OTTIT_DATA_DIR."
        )
    # A rotation was cut off: some data keys are under the next one already.
    following = file.with_name(NEXT_MASTER)
    return f"{key},{read_or_create(following, '')}" if following.exists() else key


def _new_password() -> str:
    """Begins with a letter: the broker's configuration reads digits as a number."""
    return f"p{secrets.token_hex(24)}"


def forget_passwords(folder: Path) -> list[str]:
    """Remove the passwords of the broker's users: the next start makes new ones. Whose they were."""
    found = sorted(folder.glob(f"{PASSWORD_PREFIX}*"))
    for file in found:
        file.unlink()
    return [file.name.removeprefix(PASSWORD_PREFIX) for file in found]
