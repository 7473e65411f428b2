"""The auditor's signing key and the public keys that its checkpoints are checked with: files beside other secrets."""

import json
import secrets
from pathlib import Path

from deploy.local.whole_file import write_whole
from shared.policy.signing import SigningKey, TrustedKey, TrustedKeys, from_base64, in_base64

SIGNING, RING = "audit-signing-key", "audit-keys"
SEED_BYTES = 32


def open_audit_key(folder: Path) -> str:
    """The seed of the present key as hexadecimal, made with its ring where there is none."""
    file = folder / SIGNING
    if not file.exists():
        _take(folder, secrets.token_hex(SEED_BYTES))
    return file.read_text(encoding="ascii").strip()


def audit_ring(folder: Path) -> TrustedKeys:
    """Every key that ever was the auditor's; a checkpoint of any other is a forgery."""
    return TrustedKeys(TrustedKey(from_base64(key)) for key in _public_keys(folder))


def rotate_audit_key(folder: Path) -> str:
    """A new key signs from the auditor's next start on; the old ones stay believed for what they signed. Its id."""
    seed = secrets.token_hex(SEED_BYTES)
    _take(folder, seed)
    return SigningKey(bytes.fromhex(seed)).key_id


def _take(folder: Path, seed: str) -> None:
    """The ring first: a crash in between leaves a public key too many, and no signature that nobody knows."""
    public = in_base64(SigningKey(bytes.fromhex(seed)).public_key)
    write_whole(folder / RING, json.dumps([*_public_keys(folder), public]))
    write_whole(folder / SIGNING, seed)


def _public_keys(folder: Path) -> list[str]:
    file = folder / RING
    return [str(key) for key in json.loads(file.read_text(encoding="ascii"))] if file.exists() else []
