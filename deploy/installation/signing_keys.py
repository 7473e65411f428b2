"""The signing keys for policies and audit checkpoints, with the public keys that verify them."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from deploy.installation.atomic_file import read_or_create, write_atomically
from shared.policy.signing import NewKeyNote, Signed, SigningKey, TrustedKey, TrustedKeys, from_base64, to_base64

# File names: the seed of the current policy key, its replacement during a rotation, and all public keys.
POLICY_SIGNING_KEY, NEXT_POLICY_SIGNING_KEY, POLICY_PUBLIC_KEYS = (
    "policy-signing-key",
    "policy-signing-key.next",
    "policy-keys",
)
SEED_BYTES = 32
AUDIT_SIGNING_KEY, AUDIT_PUBLIC_KEYS = "audit-signing-key", "audit-keys"


@dataclass(frozen=True)
class PolicyKeys:
    """The key that signs policies and the keys that verify them."""

    signing: SigningKey
    trusted_keys: TrustedKeys


def open_policy_keys(folder: Path) -> PolicyKeys:
    """Return the policy keys of a folder of secrets, creating missing ones, readable only by their owner."""
    signing = SigningKey(bytes.fromhex(read_or_create(folder / POLICY_SIGNING_KEY, secrets.token_hex(SEED_BYTES))))
    first = TrustedKeys([TrustedKey(signing.public_key)])
    return PolicyKeys(signing, TrustedKeys.parse(read_or_create(folder / POLICY_PUBLIC_KEYS, first.dump())))


def prepare_next_policy_key(folder: Path, first: dict[str, int]) -> Signed:
    """Create the next key and return the current key's signed note about it; repeating it gives the same note."""
    present = open_policy_keys(folder)
    seed = read_or_create(folder / NEXT_POLICY_SIGNING_KEY, secrets.token_hex(SEED_BYTES))
    public = to_base64(SigningKey(bytes.fromhex(seed)).public_key)
    note = NewKeyNote(public_key=public, previous=present.signing.key_id, first=first)
    return present.signing.sign(json.dumps(note.model_dump(), sort_keys=True, separators=(",", ":")))


def activate_next_policy_key(folder: Path, note: Signed) -> PolicyKeys:
    """Make the next key the current one. Call it after the note has been published."""
    trusted_keys = open_policy_keys(folder).trusted_keys.with_notes([note])
    write_atomically(folder / POLICY_PUBLIC_KEYS, trusted_keys.dump())
    (folder / NEXT_POLICY_SIGNING_KEY).rename(folder / POLICY_SIGNING_KEY)
    return open_policy_keys(folder)


def open_audit_key(folder: Path) -> str:
    """Return the seed of the auditor's current key as hexadecimal, creating the key if there is none."""
    file = folder / AUDIT_SIGNING_KEY
    if not file.exists():
        _install_audit_key(folder, secrets.token_hex(SEED_BYTES))
    return file.read_text(encoding="ascii").strip()


def audit_trusted_keys(folder: Path) -> TrustedKeys:
    """Return all keys that the auditor has ever had; a checkpoint signed with any other key is forged."""
    return TrustedKeys(TrustedKey(from_base64(key)) for key in _audit_public_keys(folder))


def rotate_audit_key(folder: Path) -> str:
    """Create a new key for the auditor's next start and return its id. Older keys stay trusted."""
    seed = secrets.token_hex(SEED_BYTES)
    _install_audit_key(folder, seed)
    return SigningKey(bytes.fromhex(seed)).key_id


def _install_audit_key(folder: Path, seed: str) -> None:
    """Write the public key first: a crash in between leaves an unused public key, not an unverifiable signature."""
    public = to_base64(SigningKey(bytes.fromhex(seed)).public_key)
    write_atomically(folder / AUDIT_PUBLIC_KEYS, json.dumps([*_audit_public_keys(folder), public]))
    write_atomically(folder / AUDIT_SIGNING_KEY, seed)


def _audit_public_keys(folder: Path) -> list[str]:
    file = folder / AUDIT_PUBLIC_KEYS
    return [str(key) for key in json.loads(file.read_text(encoding="ascii"))] if file.exists() else []
