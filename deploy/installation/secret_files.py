"""The secrets of an installation: created once, kept in the data folder, readable only by their owner."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.installation.atomic_file import read_or_create
from deploy.installation.signing_keys import open_audit_key, open_policy_keys

# The gateway starts last: by then the services that it sends requests to are starting.
SERVICES = ("moderation", "embeddings", "ranking", "gateway")
READS_POLICIES = frozenset({"gateway", "moderation"})
OPENS_SEALED_TEXT = frozenset({"gateway", "moderation", "embeddings"})
AUDITOR = "moderation"
# File names: the current master key, its replacement during a rotation, the prefix of broker passwords.
MASTER, NEXT_MASTER, PASSWORD_PREFIX = "master-key", "master-key.next", "broker-"
OPERATOR = "operator"  # the broker user that may declare streams; provisioning and the command line use it
ACTOR = f"{OPERATOR}:local"  # the actor of facts that the command line appends


class WrongKey(Exception):
    """The given master key is not the one that sealed this data folder."""


@dataclass(frozen=True)
class Secrets:
    """The secrets of an installation.

    The master key (64 hexadecimal digits), a password for each broker user, the public keys of policies, and the seed
    of the key that moderation signs audit checkpoints with.
    """

    master_key: str
    passwords: dict[str, str]
    policy_keys: str = ""
    audit_key: str = ""


def open_secrets(data: Path, services: Sequence[str], given_key: str = "") -> Secrets:
    """Return the secrets of a data folder, creating missing ones.

    Raises:
        WrongKey: `given_key` is not the key of this folder.
    """
    folder = secrets_folder(data)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    passwords = {
        name: read_or_create(folder / f"{PASSWORD_PREFIX}{name}", _new_password()) for name in (OPERATOR, *services)
    }
    public = open_policy_keys(folder).trusted_keys.dump()
    return Secrets(_master_key(folder / MASTER, given_key), passwords, public, open_audit_key(folder))


def secrets_folder(data: Path) -> Path:
    """Return the folder of the secrets in a data folder."""
    return data / "secrets"


def _master_key(file: Path, given_key: str) -> str:
    if given_key and not file.exists():
        return given_key  # the operator stores it elsewhere, so it is never written here
    key = read_or_create(file, secrets.token_hex(32))
    if given_key and given_key != key:
        raise WrongKey(
            f"OTTIT_MASTER_KEY differs from the key in {file}, which sealed the texts of this data folder. "
            "Unset the variable, or use another OTTIT_DATA_DIR."
        )
    # A rotation was interrupted: some data keys are already wrapped with the next master key.
    following = file.with_name(NEXT_MASTER)
    return f"{key},{read_or_create(following, '')}" if following.exists() else key


def _new_password() -> str:
    """Return a new password. It begins with a letter: the broker's configuration reads digits as a number."""
    return f"p{secrets.token_hex(24)}"


def forget_passwords(folder: Path) -> list[str]:
    """Delete the passwords of the broker's users; the next start creates new ones. Return the users."""
    files = sorted(folder.glob(f"{PASSWORD_PREFIX}*"))
    for file in files:
        file.unlink()
    return [file.name.removeprefix(PASSWORD_PREFIX) for file in files]
