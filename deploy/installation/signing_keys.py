"""The signing keys for policies and audit checkpoints, with the public keys that verify them."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from deploy.installation.atomic_file import rename_durably, write_atomically
from deploy.installation.secret_forms import SEED_BYTES, create_seed, read_audit_keys, read_policy_keys, read_seed
from shared.policy.signing import NewKeyNote, Signed, SigningKey, TrustedKey, TrustedKeys, from_base64, to_base64

# File names: the seed of the current policy key, its replacement during a rotation, and all public keys.
POLICY_SIGNING_KEY, NEXT_POLICY_SIGNING_KEY, POLICY_PUBLIC_KEYS = (
    "policy-signing-key",
    "policy-signing-key.next",
    "policy-keys",
)
AUDIT_SIGNING_KEY, AUDIT_PUBLIC_KEYS = "audit-signing-key", "audit-keys"


@dataclass(frozen=True)
class PolicyKeys:
    """The key that signs policies and the keys that verify them."""

    signing: SigningKey
    trusted_keys: TrustedKeys


def open_policy_keys(folder: Path) -> PolicyKeys:
    """Return the policy keys of a folder of secrets. Raises DamagedSecret if one is missing or damaged."""
    signing = SigningKey(bytes.fromhex(read_seed(folder / POLICY_SIGNING_KEY)))
    return PolicyKeys(signing, read_policy_keys(folder / POLICY_PUBLIC_KEYS))


def create_policy_keys(folder: Path) -> PolicyKeys:
    """Create the policy keys that a new installation lacks, readable only by their owner, and return all."""
    signing = SigningKey(bytes.fromhex(create_seed(folder / POLICY_SIGNING_KEY)))
    if not (folder / POLICY_PUBLIC_KEYS).exists():
        write_atomically(folder / POLICY_PUBLIC_KEYS, TrustedKeys([TrustedKey(signing.public_key)]).dump())
    return open_policy_keys(folder)


def prepare_next_policy_key(folder: Path, first: dict[str, int]) -> Signed:
    """Create the next key and return the current key's signed note about it; repeating it gives the same note."""
    present = open_policy_keys(folder)
    seed = create_seed(folder / NEXT_POLICY_SIGNING_KEY)
    public = to_base64(SigningKey(bytes.fromhex(seed)).public_key)
    note = NewKeyNote(public_key=public, previous=present.signing.key_id, first=first)
    return present.signing.sign(json.dumps(note.model_dump(), sort_keys=True, separators=(",", ":")))


def activate_next_policy_key(folder: Path, note: Signed) -> PolicyKeys:
    """Make the next key the current one. Call it after the note has been published."""
    trusted_keys = open_policy_keys(folder).trusted_keys.with_notes([note])
    write_atomically(folder / POLICY_PUBLIC_KEYS, trusted_keys.dump())
    rename_durably(folder / NEXT_POLICY_SIGNING_KEY, folder / POLICY_SIGNING_KEY)
    return open_policy_keys(folder)


def create_audit_key(folder: Path) -> None:
    """Create the auditor's first key, unless there is one."""
    if not (folder / AUDIT_SIGNING_KEY).exists():
        file = folder / AUDIT_PUBLIC_KEYS
        _install_audit_key(folder, secrets.token_hex(SEED_BYTES), read_audit_keys(file) if file.exists() else [])


def audit_trusted_keys(folder: Path) -> TrustedKeys:
    """Return all keys that the auditor has ever had; a checkpoint signed with any other key is forged.

    Raises DamagedSecret if their file is missing or damaged.
    """
    return TrustedKeys(TrustedKey(from_base64(key)) for key in read_audit_keys(folder / AUDIT_PUBLIC_KEYS))


def rotate_audit_key(folder: Path) -> str:
    """Create a new key for the auditor's next start and return its id. Older keys stay trusted.

    Raises DamagedSecret if the file of the older keys is missing or damaged.
    """
    seed = secrets.token_hex(SEED_BYTES)
    _install_audit_key(folder, seed, read_audit_keys(folder / AUDIT_PUBLIC_KEYS))
    return SigningKey(bytes.fromhex(seed)).key_id


def _install_audit_key(folder: Path, seed: str, older: list[str]) -> None:
    """Write the public key first: a crash in between leaves an unused public key, not an unverifiable signature."""
    public = to_base64(SigningKey(bytes.fromhex(seed)).public_key)
    write_atomically(folder / AUDIT_PUBLIC_KEYS, json.dumps([*older, public]))
    write_atomically(folder / AUDIT_SIGNING_KEY, seed)
