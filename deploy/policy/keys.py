"""The installation's signing key for policies, and the ring of public keys: files beside the other secrets."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from deploy.local.whole_file import keep, write_whole
from shared.policy.signing import NewKeyNote, Signed, SigningKey, TrustedKey, TrustedKeys, in_base64

# The seed of the newest key; the one that is about to take its place; all public keys.
SIGNING, NEXT, RING = "policy-signing-key", "policy-signing-key.next", "policy-keys"
SEED_BYTES = 32


@dataclass(frozen=True)
class PolicyKeys:
    """What signs policies, and what they are checked with."""

    signing: SigningKey
    ring: TrustedKeys


def open_policy_keys(folder: Path) -> PolicyKeys:
    """The keys in a folder of secrets; made there where there are none. Files are readable by their owner only."""
    signing = SigningKey(bytes.fromhex(keep(folder / SIGNING, secrets.token_hex(SEED_BYTES))))
    first = TrustedKeys([TrustedKey(signing.public_key)])
    return PolicyKeys(signing, TrustedKeys.parse(keep(folder / RING, first.dump())))


def announce_next(folder: Path, first: dict[str, int]) -> Signed:
    """Make the next key, and the note by which the present one names it. The same key and note until `take_next`."""
    present = open_policy_keys(folder)
    seed = keep(folder / NEXT, secrets.token_hex(SEED_BYTES))
    public = in_base64(SigningKey(bytes.fromhex(seed)).public_key)
    note = NewKeyNote(public_key=public, previous=present.signing.key_id, first=first)
    return present.signing.sign(json.dumps(note.model_dump(), sort_keys=True, separators=(",", ":")))


def take_next(folder: Path, note: Signed) -> PolicyKeys:
    """From here on the next key signs. Call it when the note is where everybody finds it."""
    ring = open_policy_keys(folder).ring.with_notes([note])
    write_whole(folder / RING, ring.dump())
    (folder / NEXT).rename(folder / SIGNING)
    return open_policy_keys(folder)
