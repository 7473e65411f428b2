"""The secrets of an installation: created once, kept in the data folder, readable only by their owner."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.installation.key_record import KeyRecord, check_record, has_facts, read_record, write_record
from deploy.installation.passwords import PREFIX as PASSWORD_PREFIX
from deploy.installation.passwords import open_password, read_password
from deploy.installation.secret_forms import (
    DamagedSecret,
    UnusableSecret,
    create_seed,
    read_audit_keys,
    read_policy_keys,
    read_seed,
    restrict_access,
)
from deploy.installation.signing_keys import (
    AUDIT_PUBLIC_KEYS,
    AUDIT_SIGNING_KEY,
    NEXT_POLICY_SIGNING_KEY,
    POLICY_PUBLIC_KEYS,
    POLICY_SIGNING_KEY,
    create_audit_key,
    create_policy_keys,
)
from shared.policy.signing import SigningKey, from_base64, key_id
from shared.security.sealing import fingerprint, master_keys

# The gateway starts last: by then the services that it sends requests to are starting.
SERVICES = ("moderation", "embeddings", "ranking", "gateway")
READS_POLICIES = frozenset({"gateway", "moderation"})
OPENS_SEALED_TEXT = frozenset({"gateway", "moderation", "embeddings"})
AUDITOR = "moderation"
# File names: the current master key, and its replacement during a rotation.
MASTER, NEXT_MASTER = "master-key", "master-key.next"
# Files whose content cannot be created again without a loss, each with a function that checks it.
IRREPLACEABLE: dict[str, Callable[[Path], object]] = {
    MASTER: read_seed,
    POLICY_SIGNING_KEY: read_seed,
    POLICY_PUBLIC_KEYS: read_policy_keys,
    AUDIT_SIGNING_KEY: read_seed,
    AUDIT_PUBLIC_KEYS: read_audit_keys,
}
# Files that exist during a rotation only.
TEMPORARY = (NEXT_MASTER, NEXT_POLICY_SIGNING_KEY)
OPERATOR = "operator"  # the broker user that may declare streams; provisioning and the command line use it
ACTOR = f"{OPERATOR}:local"  # the actor of facts that the command line appends


@dataclass(frozen=True)
class Secrets:
    """The secrets of an installation.

    The master key (64 hexadecimal digits; two during a rotation), a password for each broker user, the public keys of
    policies, the seed of the key that moderation signs audit checkpoints with, and the public keys of all auditors so
    far. `notes`: what the operator should know about the files.
    """

    master_key: str
    passwords: dict[str, str]
    policy_keys: str = ""
    audit_key: str = ""
    audit_keys: str = ""
    notes: tuple[str, ...] = ()


def open_secrets(
    data: Path, services: Sequence[str], given_key: str = "", *, broker_store: Path | None = None
) -> Secrets:
    """Return the secrets of a data folder. A new installation gets new ones, and lost passwords are replaced.

    `broker_store`: the broker's folder, if it is not in the data folder.

    Raises:
        UnusableSecret: a secret is missing, damaged, or not of this installation. Nothing was written.
    """
    folder, recorded = secrets_folder(data), read_record(data)
    is_new = recorded is None and not has_facts(broker_store or data / "broker")
    _check_files(folder, given_key, is_new=is_new)
    if is_new:
        _create_missing(folder, given_key)
    found = Secrets(_master_key(folder / MASTER, given_key), {}, *_signing_keys(folder))
    if recorded:
        check_record(data, recorded, _key_record(folder, found.master_key))
    notes = [_access_note(folder / name) for name in restrict_access(folder)]
    passwords = {name: open_password(folder / f"{PASSWORD_PREFIX}{name}", notes) for name in (OPERATOR, *services)}
    if is_new:
        write_record(data, _key_record(folder, found.master_key))
    return Secrets(found.master_key, passwords, found.policy_keys, found.audit_key, found.audit_keys, tuple(notes))


def read_secrets_in_use(data: Path, services: Sequence[str], given_key: str = "") -> Secrets:
    """Return the secrets of a running installation, and create nothing: its processes would not know it.

    Raises:
        UnusableSecret: a secret is missing, damaged, or not of this installation.
    """
    folder = secrets_folder(data)
    master_key = check_secrets(data, given_key, read_record(data))
    passwords = {name: read_password(folder / f"{PASSWORD_PREFIX}{name}") for name in (OPERATOR, *services)}
    return Secrets(master_key, passwords, *_signing_keys(folder))


def check_secrets(data: Path, given_key: str, recorded: KeyRecord | None) -> str:
    """Check all secrets except passwords, and return the master key.

    Raises:
        UnusableSecret: a secret is missing, damaged, or not of this installation.
    """
    folder = secrets_folder(data)
    _check_files(folder, given_key, is_new=False)
    master_key = _master_key(folder / MASTER, given_key)
    if recorded:
        check_record(data, recorded, _key_record(folder, master_key))
    return master_key


def confirm_keys(data: Path, found: Secrets) -> None:
    """Record the keys after they have opened the stored data."""
    write_record(data, _key_record(secrets_folder(data), found.master_key))


def secrets_folder(data: Path) -> Path:
    """Return the folder of the secrets in a data folder."""
    return data / "secrets"


def _check_files(folder: Path, given_key: str, *, is_new: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise UnusableSecret(f"{folder} is not a folder: remove it and put the folder of the secrets back.")
    expected = [name for name in IRREPLACEABLE if not (name == MASTER and given_key)]
    missing = [name for name in expected if not (folder / name).exists()]
    if missing and not is_new:
        raise UnusableSecret(
            f"The secrets folder {folder} lacks {', '.join(missing)}, but this installation has data that need "
            "them. Nothing was changed. Put them back from a backup of the secrets with `ottit restore-secrets FILE`, "
            "give a master key that is stored elsewhere in OTTIT_MASTER_KEY, or use another OTTIT_DATA_DIR."
        )
    for name, check in IRREPLACEABLE.items():
        if (folder / name).exists():
            check(folder / name)
    for name in TEMPORARY:
        if (folder / name).exists():
            read_seed(folder / name)
    if not missing:
        _check_pairs(folder)


def _check_pairs(folder: Path) -> None:
    """Raises UnusableSecret if a signing key is not the one whose public key is trusted."""
    trusted = read_policy_keys(folder / POLICY_PUBLIC_KEYS)
    ids = {name: SigningKey(bytes.fromhex(read_seed(folder / name))).key_id for name in _policy_seeds(folder)}
    if ids[POLICY_SIGNING_KEY] not in trusted.ids or trusted.newest not in ids.values():
        raise DamagedSecret(folder / POLICY_SIGNING_KEY, f"does not belong to {POLICY_PUBLIC_KEYS} beside it")
    audit = SigningKey(bytes.fromhex(read_seed(folder / AUDIT_SIGNING_KEY))).key_id
    if audit not in _audit_ids(folder):
        raise DamagedSecret(folder / AUDIT_SIGNING_KEY, f"does not belong to {AUDIT_PUBLIC_KEYS} beside it")


def _policy_seeds(folder: Path) -> list[str]:
    """Return the files of policy signing keys: two after an interrupted rotation."""
    return [name for name in (POLICY_SIGNING_KEY, NEXT_POLICY_SIGNING_KEY) if (folder / name).exists()]


def _create_missing(folder: Path, given_key: str) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not given_key and not (folder / MASTER).exists():
        create_seed(folder / MASTER)
    create_policy_keys(folder)
    create_audit_key(folder)


def _signing_keys(folder: Path) -> tuple[str, str, str]:
    public = json.dumps(read_audit_keys(folder / AUDIT_PUBLIC_KEYS))
    return read_policy_keys(folder / POLICY_PUBLIC_KEYS).dump(), read_seed(folder / AUDIT_SIGNING_KEY), public


def _audit_ids(folder: Path) -> list[str]:
    return [key_id(from_base64(key)) for key in read_audit_keys(folder / AUDIT_PUBLIC_KEYS)]


def _key_record(folder: Path, master_key: str) -> KeyRecord:
    policy = list(read_policy_keys(folder / POLICY_PUBLIC_KEYS).ids)
    return KeyRecord([fingerprint(key) for key in master_keys(master_key)], policy, _audit_ids(folder))


def _master_key(file: Path, given_key: str) -> str:
    if given_key:
        master_keys(given_key)
    if given_key and not file.exists():
        return given_key  # the operator stores it elsewhere, so it is never written here
    key = read_seed(file)
    if given_key and given_key != key:
        raise UnusableSecret(
            f"OTTIT_MASTER_KEY, with the fingerprint {_fingerprint(given_key)}, differs from the key in {file}, with "
            f"the fingerprint {_fingerprint(key)}, which sealed the texts of this data folder. "
            "Unset the variable, or use another OTTIT_DATA_DIR."
        )
    # A rotation was interrupted: some data keys are already wrapped with the next master key.
    following = file.with_name(NEXT_MASTER)
    return f"{key},{read_seed(following)}" if following.exists() else key


def _fingerprint(setting: str) -> str:
    return " and ".join(map(fingerprint, master_keys(setting)))


def _access_note(file: Path) -> str:
    return (
        f"The secret {file} could be read by other users of this machine; now only its owner can. "
        "If somebody else may have read it, replace it: `ottit rotate-keys`."
    )
