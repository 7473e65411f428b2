"""The hash chain over the log, and its signed checkpoints.

h(0) = 32 zero bytes; h(n) = SHA-256(h(n-1) + leaf(n)). A leaf is the SHA-256 of sequence, subject and stored bytes, or
32 zero bytes where the sequence has no message. Erasure deletes a key but no byte of the log, so the chain stays valid.
A checkpoint also carries the first bytes of each leaf since the previous one: they tell which fact differs.
"""

import base64
import hashlib
import struct
from collections.abc import Iterator
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.log.events import Moment

STREAM, SUBJECT = "AUDIT", "audit.checkpoint"
MISSING = bytes(32)
# 64 bits of a leaf are enough to find the fact that differs; the proof is the 256 bits of the chain.
LEAF_BYTES = 8


# The broker counts in 64 bits; no log comes near this.
LAST_SEQUENCE = 2**53


class _Stored(BaseModel):
    """The part of a signed checkpoint that matters without its key."""

    text: str


class Checkpoint(BaseModel):
    """The chain's value at a sequence. `leaves`: base64 of the first bytes of all leaves after `previous`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    sequence: int = Field(gt=0, le=LAST_SEQUENCE)
    chain: str = Field(pattern=r"^[0-9a-f]{64}$")
    previous: int = Field(ge=0)
    leaves: str
    at: Moment

    @model_validator(mode="after")
    def _has_a_leaf_for_each_sequence(self) -> Self:
        """Bounds the sequence by the size of the message: a damaged checkpoint cannot claim a log of any length."""
        if len(base64.b64decode(self.leaves, validate=True)) != (self.sequence - self.previous) * LEAF_BYTES:
            raise ValueError("the leaves are not those of the sequences")
        return self

    def leaf_prefix(self, sequence: int) -> bytes:
        """Return the first bytes of the leaf at a sequence after `previous`."""
        at = (sequence - self.previous - 1) * LEAF_BYTES
        return base64.b64decode(self.leaves)[at : at + LEAF_BYTES]


class HashChain:
    """The hash chain up to a sequence."""

    def __init__(self, sequence: int = 0, value: str = MISSING.hex()) -> None:
        self.sequence = sequence
        self._value = bytes.fromhex(value)

    @property
    def value(self) -> str:
        """The chain's hash in hexadecimal."""
        return self._value.hex()

    def extend(self, sequence: int, subject: str, stored: bytes) -> Iterator[bytes]:
        """Add the next stored message and yield its leaf, after the leaves of the missing sequences before it.

        While a leaf is yielded, the chain is at the sequence of that leaf.
        """
        for _ in range(self.sequence + 1, sequence):
            yield self._fold(MISSING)
        yield self._fold(leaf_hash(sequence, subject, stored))

    def _fold(self, next_leaf: bytes) -> bytes:
        self._value = hashlib.sha256(self._value + next_leaf).digest()
        self.sequence += 1
        return next_leaf


def unverified_sequence(stored: bytes) -> int:
    """Return the sequence of the checkpoint in a message of the stream AUDIT, without checking its signature.

    Raises:
        ValueError: the bytes are not a signed checkpoint.
    """
    return Checkpoint.model_validate_json(_Stored.model_validate_json(stored).text).sequence


def leaf_hash(sequence: int, subject: str, stored: bytes) -> bytes:
    """Return the leaf of one stored message."""
    subject_bytes = subject.encode()
    return hashlib.sha256(struct.pack(">QI", sequence, len(subject_bytes)) + subject_bytes + stored).digest()


def encode_leaf_prefixes(leaves: list[bytes]) -> str:
    """Return the first bytes of each leaf as base64, as a checkpoint stores them."""
    return base64.b64encode(b"".join(leaf[:LEAF_BYTES] for leaf in leaves)).decode()
