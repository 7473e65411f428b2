"""Reads the files of the secrets and checks their form, so that a damaged one is named before anything uses it."""

import json
import re
import secrets
from pathlib import Path

from deploy.installation.atomic_file import write_atomically
from shared.policy.signing import TrustedKeys, UntrustedSignature, from_base64
from shared.problems import StartRefused

OWNER_ONLY, ANY_ACCESS = 0o700, 0o077
SEED_BYTES = PUBLIC_KEY_BYTES = 32
SEED, PASSWORD = re.compile(r"[0-9a-fA-F]{64}"), re.compile(r"p[0-9a-f]{48}")


class UnusableSecret(StartRefused):
    """A secret is missing, damaged or of another installation. The message names the file and says what to do."""


class DamagedSecret(UnusableSecret):
    """A file of a secret cannot be read, or its content does not have the form of this secret."""

    def __init__(self, file: Path, reason: str, remedy: str = "") -> None:
        self.reason = reason
        super().__init__(f"The secret {file} {reason}. Nothing was changed. {remedy or restore_remedy(file)}")


def restore_remedy(file: Path) -> str:
    """Return what to do about a secret that cannot be created again."""
    remedy = "Put it back from a backup of the secrets: `ottit restore-secrets FILE`."
    if file.name.startswith("audit-signing-key"):
        return f"{remedy} Without one, `ottit rotate-keys audit` creates a new key; older checkpoints stay valid."
    if file.name.startswith("master-key"):
        return f"{remedy} Without one, the texts of this installation cannot be opened by anybody."
    return f"{remedy} Without one: `ottit restore-secrets --new-signing-keys`."


def read_secret(file: Path, form: re.Pattern[str], what: str) -> str:
    """Return the content of a file, stripped.

    Raises:
        DamagedSecret: it cannot be read, or does not match `form`, which the message calls `what`.
    """
    text = _read_text(file)
    if not form.fullmatch(text):
        raise DamagedSecret(file, "is empty" if not text else f"is damaged: it is not {what}")
    return text


def read_seed(file: Path) -> str:
    """Return a master key or the seed of a signing key, in hexadecimal. Raises DamagedSecret."""
    return read_secret(file, SEED, "64 hexadecimal digits")


def create_seed(file: Path) -> str:
    """Return the content of `read_seed`; create the file with a random key if it does not exist."""
    if not file.exists():
        write_atomically(file, secrets.token_hex(SEED_BYTES))
    return read_seed(file)


def read_policy_keys(file: Path) -> TrustedKeys:
    """Return the public keys of policies. Raises DamagedSecret."""
    text = _read_text(file)
    try:
        keys = TrustedKeys.parse(text)
    except ValueError as error:
        raise DamagedSecret(file, "is damaged: it is not a list of public keys") from error
    if not keys.oldest:
        raise DamagedSecret(file, "is empty: it has no public key")
    return keys


def read_audit_keys(file: Path) -> list[str]:
    """Return the auditor's public keys in base64, the oldest first. Raises DamagedSecret."""
    try:
        keys = json.loads(_read_text(file))
        valid = isinstance(keys, list) and all(len(from_base64(str(key))) == PUBLIC_KEY_BYTES for key in keys)
    except (ValueError, UntrustedSignature) as error:
        raise DamagedSecret(file, "is damaged: it is not a list of public keys") from error
    if not valid or not keys:
        raise DamagedSecret(file, "is damaged: it is not a list of public keys")
    return [str(key) for key in keys]


def restrict_access(folder: Path) -> list[str]:
    """Take away every access of other users; return the names of the files that they could read."""
    opened = [path for path in sorted(folder.iterdir()) if path.is_file() and path.stat().st_mode & ANY_ACCESS]
    for path in opened:
        path.chmod(path.stat().st_mode & OWNER_ONLY)
    if folder.stat().st_mode & ANY_ACCESS:
        folder.chmod(OWNER_ONLY)
    return [path.name for path in opened]


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except FileNotFoundError as error:
        raise DamagedSecret(file, "is missing") from error
    except IsADirectoryError as error:
        raise DamagedSecret(file, "is a folder, not a file", f"Remove the folder. {restore_remedy(file)}") from error
    except OSError as error:
        access = f"Allow its owner to read it: `chmod 600 {file}`." if isinstance(error, PermissionError) else ""
        raise DamagedSecret(file, f"cannot be read: {error.strerror}", access) from error
    except UnicodeDecodeError as error:
        raise DamagedSecret(file, "is damaged: it is not text") from error
