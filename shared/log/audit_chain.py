"""The chain over the log: every fact's stored bytes go into one hash, and signed checkpoints say what it was when.

h(0) = 32 zero bytes; h(n) = SHA-256(h(n-1) + leaf(n)). A leaf is the SHA-256 over sequence, subject and stored bytes,
32 zero bytes where nothing stands. Erasing deletes a key and no byte of the log, so the chain stays whole.
A checkpoint also carries the first bytes of each leaf since the one before: they tell which fact differs.
"""

import base64
import hashlib
import struct
from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from shared.log.events import Moment

STREAM, SUBJECT = "AUDIT", "audit.checkpoint"
MISSING = bytes(32)
# 64 bits of a leaf name the fact that differs; what is believed are the 256 bits of the chain.
LEAF_BYTES = 8


class Checkpoint(BaseModel):
    """What the chain was at a sequence. `leaves`: base64 of the beginnings of all leaves behind `previous`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    sequence: int
    chain: str
    previous: int
    leaves: str
    at: Moment

    def leaf_prefix(self, sequence: int) -> bytes:
        """The beginning of the leaf at a sequence behind `previous`."""
        at = (sequence - self.previous - 1) * LEAF_BYTES
        return base64.b64decode(self.leaves)[at : at + LEAF_BYTES]


class HashChain:
    """The chain up to a sequence."""

    def __init__(self, sequence: int = 0, value: str = MISSING.hex()) -> None:
        self.sequence = sequence
        self._value = bytes.fromhex(value)

    @property
    def value(self) -> str:
        """The chain's hash, as hexadecimal."""
        return self._value.hex()

    def extend(self, sequence: int, subject: str, stored: bytes) -> Iterator[bytes]:
        """Fold the next stored fact in: its leaf, behind those of what lay between and is missing.

        The chain is at the sequence of each leaf when that leaf is handed out.
        """
        for _ in range(self.sequence + 1, sequence):
            yield self._fold(MISSING)
        yield self._fold(leaf_hash(sequence, subject, stored))

    def _fold(self, next_leaf: bytes) -> bytes:
        self._value = hashlib.sha256(self._value + next_leaf).digest()
        self.sequence += 1
        return next_leaf


def leaf_hash(sequence: int, subject: str, stored: bytes) -> bytes:
    """The hash of one stored fact."""
    named = subject.encode()
    return hashlib.sha256(struct.pack(">QI", sequence, len(named)) + named + stored).digest()


def encode_leaf_prefixes(leaves: list[bytes]) -> str:
    """Leaves as a checkpoint carries them."""
    return base64.b64encode(b"".join(one[:LEAF_BYTES] for one in leaves)).decode()
